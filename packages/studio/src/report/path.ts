/** Of Node's `path` what the report asks for, on paths with slashes. */

export function basename(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

export function dirname(path: string): string {
  const parts = path.replace(/\/+$/, "").split("/");
  return parts.length > 1 ? parts.slice(0, -1).join("/") || "/" : ".";
}

export function extname(path: string): string {
  return /[^.](\.[^.]*)$/.exec(basename(path))?.[1] ?? "";
}
