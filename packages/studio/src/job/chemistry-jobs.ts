import { drawn, readEach, startRdkit, UserError, type Making, type Rdkit, type ReadMolecule } from "taskhead/inputs";
import binary from "@rdkit/rdkit/RDKit_minimal.wasm?url";
import type { Progress } from "./samples.js";

/** What is made of which molecules. */
export interface AskedMolecules {
  readonly smiles: readonly string[];
  readonly making: Making;
}

let loading: Promise<Rdkit> | undefined;

/** RDKit from this page's own files, loaded once. */
function rdkit(): Promise<Rdkit> {
  return (loading ??= startRdkit(async () => {
    const { default: start } = (await import("@rdkit/rdkit")) as unknown as { default: Start };
    return { default: () => start({ locateFile: () => binary }).catch(refused) };
  }));
}

type Start = (options: { locateFile(): string }) => Promise<unknown>;

/** @throws {UserError} where nothing may be compiled */
function refused(error: unknown): never {
  const forbidden = error instanceof EvalError || /unsafe-eval|Content.Security.Policy/i.test(String(error));
  if (!forbidden) throw error;
  throw new UserError(
    `molecules are read by RDKit, which this page's host forbids to make its calls (${(error as Error).message}); have it send the chemistry worker's file with script-src 'self' 'unsafe-eval'`,
  );
}

/** What the chemistry worker does. */
export const chemistryJobs = {
  /** Of RDKit. */
  async release(): Promise<string> {
    return (await rdkit()).release;
  },

  /** Of each the molecule, or why it is none. */
  async read({ smiles, making }: AskedMolecules, onEvent: (event: Progress) => void): Promise<ReadMolecule[]> {
    const every = Math.ceil(smiles.length / 100);
    const tell = (done: number): void => {
      if (done % every === 0 || done === smiles.length)
        onEvent({ task: "reading molecules", done, total: smiles.length });
    };
    return readEach(await rdkit(), smiles, making, { onProgress: tell });
  },

  /** Pictures of structures as `data:` URIs; null of what cannot be drawn. */
  async draw(smiles: readonly string[]): Promise<(string | null)[]> {
    const own = await rdkit();
    return smiles.map((one) => drawn(own, one));
  },
};

export type ChemistryJobs = typeof chemistryJobs;
