import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, sep } from "node:path";

/** Of this package. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

/** Of a package that core stands on, found as core finds it. */
export function versionOf(name: string): string {
  const core = createRequire(import.meta.url).resolve("@taskhead/core");
  return versionIn(createRequire(core).resolve(name), name);
}

/** Of the package that a file is in. @param entry where the file lies @param name of the package */
export function versionIn(entry: string, name: string): string {
  const folder = entry.slice(0, entry.lastIndexOf(name.replaceAll("/", sep)) + name.length);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return manifest.version;
}
