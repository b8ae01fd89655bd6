import { basename, dirname } from "node:path";

/**
 * Sets from elsewhere as a legend and a table's head name them: "sketches (ood)", with the folder above where two are called
 * the same; "ood 1" where there is no path. A folder is often called test, and is then not the test set.
 */
export function oodNames(sets: readonly { readonly path: string | null }[]): string[] {
  return sets.map(({ path }, i) => {
    if (path === null) return `ood ${i + 1}`;
    const name = basename(path);
    const shared = sets.some((other, j) => j !== i && other.path !== null && basename(other.path) === name);
    return `${shared ? `${basename(dirname(path))}/` : ""}${name} (ood)`;
  });
}
