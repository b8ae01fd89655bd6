import type { Engine } from "../engine/engine.js";
import type { Feeds } from "../engine/session.js";
import { beyondTable } from "../backbone/codes.js";
import type { TypedInput } from "../backbone/modality.js";
import { DataError } from "../given/errors.js";
import { unitInput } from "../backbone/pool.js";
import { rows } from "../data/cached-values.js";
import { pickTargets, targetCount, unitCount, unitsOf, type Targets } from "../data/targets.js";
import type { Padding } from "./tokenizer.js";
import type { Tensor } from "onnxruntime-common";

/** Labelled texts as a model reads them: numbers of tokens, of all texts one after another. */
export interface Texts {
  readonly count: number;
  readonly targets: Targets;
  /** [starts[count]] */
  readonly ids: Int32Array;
  /** Where each text begins, and where the last one ends: [count + 1]. */
  readonly starts: Uint32Array;
  /** The token type of each token; all 0 where left out. */
  readonly types?: Uint8Array;
  /** Where words have targets (`Targets.starts`): of each such word the place of its first token in its text, [units]. */
  readonly places?: Uint32Array;
  /** What each text is called, for messages. Default: its number. */
  readonly names?: readonly string[];
}

/** Tokens of a text. */
export function lengthOf({ starts }: Pick<Texts, "starts">, index: number): number {
  return starts[index + 1]! - starts[index]!;
}

/** Some of these texts, in the order of their indices. */
export function pickTexts(texts: Texts, chosen: readonly number[]): Texts {
  const starts = new Uint32Array(chosen.length + 1);
  chosen.forEach((index, i) => (starts[i + 1] = starts[i]! + lengthOf(texts, index)));
  const picked = <T extends Int32Array | Uint8Array>(from: T, into: T): T => {
    chosen.forEach((index, i) => into.set(from.subarray(texts.starts[index], texts.starts[index + 1]), starts[i]));
    return into;
  };
  const size = starts[chosen.length]!;
  return {
    count: chosen.length,
    targets: pickTargets(texts.targets, chosen),
    ids: picked(texts.ids, new Int32Array(size)),
    ...(texts.types ? { types: picked(texts.types, new Uint8Array(size)) } : {}),
    ...(texts.places ? { places: rows(texts.places, 1, unitsOf(texts.targets, chosen)) } : {}),
    starts,
    ...(texts.names ? { names: chosen.map((i) => texts.names![i]!) } : {}),
  };
}

/** @throws {DataError} for arrays that do not go together, and a token that the model's table lacks */
export function requireTokens(texts: Texts, inputs: readonly TypedInput[]): void {
  requireLengths(texts);
  const { ids, starts, names } = texts;
  const beyond = tokenBeyond(ids, inputs);
  if (!beyond) return;
  const text = starts.findIndex((start, i) => start <= beyond.token && beyond.token < starts[i + 1]!);
  const told = lackedToken({ ...beyond, token: beyond.token - starts[text]! });
  throw new DataError(
    `${names?.[text] ?? `text ${text}`}: ${told}; give the tokenizer.json that the model was exported with`,
  );
}

function requireLengths({ count, targets, ids, starts, types, places }: Texts): void {
  if (starts.length !== count + 1)
    throw new DataError(`starts has ${starts.length} entries, but ${count} texts want ${count + 1}`);
  if (starts[0] !== 0 || starts.some((start, i) => i > 0 && start < starts[i - 1]!))
    throw new DataError("starts must ascend from 0");
  if (starts[count] !== ids.length)
    throw new DataError(`starts ends at ${starts[count]}, but there are ${ids.length} ids`);
  if (types && types.length !== ids.length)
    throw new DataError(`there are ${ids.length} ids, but ${types.length} types; give one of each token`);
  if (targetCount(targets) !== count)
    throw new DataError(`there are ${count} texts, but targets of ${targetCount(targets)}; give a row for each`);
  if (places && places.length !== unitCount(targets))
    throw new DataError(`there are ${places.length} places of words, but targets of ${unitCount(targets)}`);
}

/** A token, by its place, whose number is not among the rows of the model's table. */
export interface TokenBeyond {
  readonly token: number;
  readonly value: number;
  readonly rows: number;
}

/** The first token that the model's table lacks; undefined where it has them all. */
export function tokenBeyond(ids: ArrayLike<number>, inputs: readonly TypedInput[]): TokenBeyond | undefined {
  const input = inputs.find(({ name }) => name === inputNames.ids);
  const beyond = input && beyondTable(ids, 1, input);
  return beyond && { token: beyond.row, value: beyond.value, rows: beyond.rows };
}

/** What is wrong with it, for messages. */
export function lackedToken({ token, value, rows }: TokenBeyond): string {
  return `its token ${token} has the number ${value}, and the model's table of tokens has ${rows} rows, 0 to ${rows - 1}`;
}

/** The inputs of a model of texts, as `textInput` names them, in the order of their roles. */
export const inputNames = { ids: "input_ids", mask: "attention_mask", types: "token_type_ids" } as const;

/**
 * Some texts as one batch, each filled up to the longest of them: `input_ids`, `attention_mask`, `token_type_ids`, each int64
 * [n, tokens]. The mask is 0 for padding, and so are its types. Where words have targets, `unit_places` as well.
 */
export function textTensors(engine: Engine, texts: Texts, indices: readonly number[], padding: Padding): Feeds {
  const longest = indices.reduce((most, i) => Math.max(most, lengthOf(texts, i)), 1);
  const size = indices.length * longest;
  const ids = new BigInt64Array(size).fill(BigInt(padding.id));
  const [mask, types] = [new BigInt64Array(size), new BigInt64Array(size)];
  indices.forEach((index, row) => {
    const [start, length] = [texts.starts[index]!, lengthOf(texts, index)];
    const from = row * longest + (padding.side === "left" ? longest - length : 0);
    mask.fill(1n, from, from + length);
    for (let t = 0; t < length; t++) {
      ids[from + t] = BigInt(texts.ids[start + t]!);
      if (texts.types) types[from + t] = BigInt(texts.types[start + t]!);
    }
  });
  const tensor = (data: BigInt64Array) => engine.tensor("int64", data, [indices.length, longest]);
  return {
    [inputNames.ids]: tensor(ids),
    [inputNames.mask]: tensor(mask),
    [inputNames.types]: tensor(types),
    ...(texts.places ? { [unitInput]: unitTensor(engine, texts, indices, padding, longest) } : {}),
  };
}

/** Where words begin among all tokens of a batch whose texts have `longest` each, [units]. */
function unitTensor(
  engine: Engine,
  texts: Texts,
  indices: readonly number[],
  padding: Padding,
  longest: number,
): Tensor {
  const places = indices.flatMap((index, row) => {
    const from = row * longest + (padding.side === "left" ? longest - lengthOf(texts, index) : 0);
    return unitsOf(texts.targets, [index]).map((unit) => BigInt(from + texts.places![unit]!));
  });
  return engine.tensor("int64", BigInt64Array.from(places), [places.length]);
}
