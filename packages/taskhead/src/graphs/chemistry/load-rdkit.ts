import { createRequire } from "node:module";
import { versionIn } from "../../files/version.js";
import { rdkitPackage, startRdkit, type Rdkit } from "./rdkit.js";

let loading: Promise<Rdkit> | undefined;

/** RDKit, loaded once. @throws {UserError} where the optional package is missing */
export function loadRdkit(): Promise<Rdkit> {
  return (loading ??= startRdkit(() => import("@rdkit/rdkit")));
}

/** The version of the package, without loading it; null where there is none. */
export function rdkitVersion(): string | null {
  try {
    return versionIn(createRequire(import.meta.url).resolve(rdkitPackage), rdkitPackage);
  } catch {
    return null;
  }
}
