import { readFile } from "node:fs/promises";
import { balancedWeights } from "@taskhead/core";
import { z } from "zod";
import { UserError } from "../files/errors.js";

/** A weight per class, or how to find them once the training images are known. */
export type ClassWeights = readonly number[] | "balanced";

const schema = z.record(z.string(), z.number().positive());

/**
 * What `--class-weights` asks for: `balanced`, or a JSON file such as `{ "cat": 1, "dog": 2.5 }`.
 * @returns the file's weights in the order of `classes`
 * @throws {UserError} unless the file gives every class, and no other, a number above 0
 */
export async function readClassWeights(option: string, classes: readonly string[]): Promise<ClassWeights> {
  if (option === "balanced") return option;
  const refuse = (reason: string): never => {
    throw new UserError(`--class-weights ${option} ${reason}; give a JSON object of class names and weights`);
  };
  const text = await readFile(option, "utf8").catch(() => refuse("cannot be read"));
  const weights = parsed(text);
  if (!weights) return refuse("is not a JSON object with a number above 0 for each class");
  const missing = classes.find((name) => !Object.hasOwn(weights, name));
  if (missing !== undefined) return refuse(`has no weight for class '${missing}'`);
  const unknown = Object.keys(weights).find((name) => !classes.includes(name));
  if (unknown !== undefined) return refuse(`has a weight for '${unknown}', which is no class`);
  return classes.map((name) => weights[name]!);
}

/** The weight of each class in the training loss, [k]. */
export function settle(weights: ClassWeights, labels: ArrayLike<number>, classes: number): readonly number[] {
  return weights === "balanced" ? balancedWeights(labels, classes) : weights;
}

function parsed(text: string): Record<string, number> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
