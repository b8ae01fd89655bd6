/** Folders of systems and tools, which hold copies or nothing of the user's. */
const ofSystems = new Set([
  "__macosx",
  "@eadir",
  "$recycle.bin",
  "system volume information",
  "lost+found",
  "__pycache__",
]);

/** Whether a file or folder is none of the user's data: hidden, or a system's. */
export function isOfSystem(name: string): boolean {
  return name.startsWith(".") || ofSystems.has(name.toLowerCase());
}
