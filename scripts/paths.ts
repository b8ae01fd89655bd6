import { fileURLToPath } from "node:url";

/** The path of a file of this repository, whatever folder a script is called from. */
export function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
