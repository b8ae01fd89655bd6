import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it, where they are missing. Node's own `recursive` never comes back where the system says
 * ENOENT of a folder whose parent is there, as /proc and some network drives do.
 * @throws an error of the system that has the path which could not be made
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !isFolder(at); at = dirname(at)) missing.unshift(at);
  for (const one of missing)
    try {
      mkdirSync(one);
    } catch (error) {
      // Another process may have been quicker.
      if (!isFolder(one)) throw error;
    }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
