import { listed, named } from "../data/listed.js";
import { orNoHeader } from "../data/tables/header.js";
import {
  among,
  namedTargets,
  remainingTargets,
  requireColumns,
  usualTargets,
  type AskedTargets,
  type Choice,
} from "../data/tables/target-columns.js";
import { UserError } from "../files/errors.js";

/** Which columns are asked for. */
export interface AskedColumns extends AskedTargets {
  /** Default: guessed from usual names. */
  smiles?: string;
}

/** Which columns are read. */
export interface ChosenColumns {
  readonly smiles: string;
  readonly targets: readonly string[];
  /** Whether any was guessed. */
  readonly guessed: boolean;
}

/** Names of columns that hold SMILES, lower case. Whatever else is there, the first is it. */
const usualNames = "smiles canonical_smiles isomeric_smiles mol drug structure molecule compound".split(" ");

/** Whether a column is called as those of SMILES alone are. */
export function namesSmiles(columns: readonly string[]): boolean {
  return columns.some((name) => /(^|_)smiles$/i.test(name.trim()));
}

/**
 * Chooses the columns of molecules and targets: those that are asked for, else by their names, else the only ones that can be.
 * @throws {UserError} if a column is lacking, or several could be meant
 */
export function chooseColumns(choice: Omit<Choice, "sample">, asked: AskedColumns): ChosenColumns {
  const table: Choice = { ...choice, sample: "molecule" };
  const smiles = smilesColumn(choice, asked.smiles);
  const columns = table.columns.filter((name) => name !== smiles);
  const targets = namedTargets(table, asked);
  if (targets?.includes(smiles))
    throw new UserError(
      `column ${named(smiles)} of ${table.where} cannot be both molecule and what is predicted of it; name others with --smiles and --label`,
    );
  const chosen = targets ?? usualTargets({ ...table, columns }, asked) ?? remainingTargets(table, [smiles], asked.task);
  return { smiles, targets: chosen, guessed: asked.smiles === undefined || targets === undefined };
}

/**
 * The column of a table that holds SMILES.
 * @throws {UserError} if it has not the one that is asked for, or none that is called so
 */
export function smilesColumn(choice: Omit<Choice, "sample">, asked: string | undefined): string {
  const { where, columns } = choice;
  if (columns.length === 0)
    throw new UserError(`${where} is empty; give a table with the names of its columns and rows`);
  if (asked !== undefined) {
    requireColumns({ ...choice, sample: "molecule" }, [asked], "--smiles");
    return asked;
  }
  const found = among(columns, usualNames);
  if (found.length === 1 || found[0]?.toLowerCase() === usualNames[0]) return found[0]!;
  throw new UserError(
    found.length > 0
      ? `${where} has several columns that may be SMILES (${listed(found)}); name one with --smiles`
      : `${where} has no column that is called as SMILES are (it has ${listed(columns)}); name it with --smiles${orNoHeader(choice)}`,
  );
}
