import { parse } from "yaml";
import { z } from "zod";
import { UserError } from "../files/errors.js";
import { readRegular } from "../files/open-regular.js";
import { systemFault } from "../files/system-errors.js";
import { axes, type Axis, type Grid } from "./grid.js";

const value = z.union([z.string(), z.number()]).transform(String);

const axis = z
  .union([
    value,
    z
      .array(value)
      .min(1)
      .transform((all) => all.join()),
  ])
  .optional();

/** A list of one is a list. */
const seeds = z
  .union([
    value,
    z
      .array(value)
      .min(1)
      .transform((all) => (all.length === 1 ? `${all[0]},` : all.join())),
  ])
  .optional();

const gridFile = z.strictObject(
  { method: axis, head: axis, smoothing: axis, taus: axis, lr: axis, seeds } satisfies Record<Axis, unknown>,
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `has no use for '${issue.keys[0]}'; its axes are ${axes.join(", ")}`
        : `is to map axes (${axes.join(", ")}) to values`,
  },
);

/**
 * Reads a grid from a YAML file: axes mapped to a value or a list of values, `lr: [1e-3, 1e-2]`.
 * @throws {UserError} one line that names the file and what is wrong there
 */
export function readGrid(path: string): Partial<Grid> {
  let content: unknown;
  try {
    content = parse(readRegular(path).toString());
  } catch (error) {
    const fault = systemFault(error);
    if (fault !== undefined) throw new UserError(`--grid ${fault}`);
    throw new UserError(
      `--grid ${path} cannot be read as YAML: ${(error as Error).message.split("\n")[0]}; mend it, as docs/sweep.md shows`,
    );
  }
  const parsed = gridFile.safeParse(content);
  if (parsed.success) return parsed.data as Partial<Grid>;
  const { path: [name] = [], message } = parsed.error.issues[0]!;
  if (name === undefined) throw new UserError(`--grid ${path} ${message}`);
  throw new UserError(`--grid ${path}: ${String(name)} wants a value or a list of values, such as [a, b]`);
}
