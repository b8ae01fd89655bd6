import { number } from "@taskhead/core/settings";
import { UserError } from "../files/errors.js";

/** A learning rate of the grid: a number, or so many times what the range test finds for a head. */
export type Rate = { fixed: number } | { timesAuto: number };

/** Three per tau: a head that long probing has grown bears lower rates only, and a range test is a rough guide. */
export const defaultRates = "auto/2,auto,auto*2";

const positive = number({ above: 0 });

/** @throws {UserError} if it is neither a number above 0 nor auto, auto*x or auto/x */
export function parseRate(given: string): Rate {
  const [, operator, factor] = /^auto(?:([*/])(.+))?$/.exec(given) ?? [];
  const reading = given === "auto" ? { value: 1 } : positive.parse(factor ?? given);
  if ("wrong" in reading)
    throw new UserError(`--lr wants numbers above 0, or auto, auto*3, auto/3 and the like, not '${given}'`);
  const { value } = reading;
  if (!given.startsWith("auto")) return { fixed: value };
  return { timesAuto: operator === "/" ? 1 / value : value };
}
