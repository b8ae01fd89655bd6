import type { MainModule, Mol } from "@rdkit/rdkit";
import { UserError } from "../../files/errors.js";

/** RDKit, loaded. What it gives out lies in WebAssembly's memory, and is freed by hand. */
export interface Rdkit {
  /** Of RDKit itself: `2026.09.1`. */
  readonly release: string;
  /**
   * Reads a molecule, hands it on, and frees it.
   * @param text SMILES, or RDKit's JSON
   * @returns undefined where RDKit refuses the text, or what is asked of the molecule
   */
  withMolecule<T>(text: string, use: (molecule: Mol) => T): T | undefined;
  /** Atoms by their hybridisation: SP, SP2, SP3, SP3D, SP3D2, in this order. */
  readonly hybridisations: readonly Mol[];
}

export const rdkitPackage = "@rdkit/rdkit";

/** @param importing the package @throws {UserError} where it is missing */
export async function startRdkit(importing: () => Promise<{ default: unknown }>): Promise<Rdkit> {
  const start = await importing().catch((error: unknown) => {
    throw new UserError(
      `molecules are read by ${rdkitPackage}, which cannot be loaded (${(error as Error).message.split("\n")[0]}); install it beside taskhead: npm install ${rdkitPackage}`,
    );
  });
  // Of a CommonJS package `default` is what it exports.
  const module = await (start.default as () => Promise<MainModule>)();
  // What it refuses is told by row.
  module.disable_logging();
  return {
    release: module.version(),
    hybridisations: [1, 2, 3, 4, 5].map((n) => module.get_qmol(`[^${n}]`)!),
    withMolecule(text, use) {
      const molecule = read(module, text);
      if (!molecule) return undefined;
      try {
        return use(molecule);
      } catch (error) {
        if (isFatal(error)) throw beyond(text);
        // RDKit's own are exceptions of WebAssembly, which are no errors.
        if (error instanceof Error) throw error;
        return undefined;
      } finally {
        molecule.delete();
      }
    },
  };
}

function read(module: MainModule, text: string): Mol | null {
  // Of a Cyrillic С it makes nothing, and of the rest a molecule.
  if (!text.startsWith("{") && /^\S*\P{ASCII}/u.test(text)) return null;
  try {
    return module.get_mol(text);
  } catch (error) {
    if (isFatal(error)) throw beyond(text);
    // An exception of C++ that nothing caught: the text is none that it can read.
    return null;
  }
}

/** What WebAssembly cannot go on after: from then on everything would be refused. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && error.name === "RuntimeError";
}

function beyond(text: string): UserError {
  const said = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new UserError(`RDKit cannot read '${said}', nor anything after it; leave that molecule out`);
}
