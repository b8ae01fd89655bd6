import { ModelError } from "@taskhead/autograd";
import { requireOptions } from "../given/require.js";
import { whole } from "../given/wanted.js";
import { beginning, ending, keptOfPair } from "./cut.js";
import { sizeIn, tokenIn, type Json, type TextFiles } from "./files.js";
import { maxLengthOf, positionsOf, type MaxLength } from "./max-length.js";
import { specialCount, templateOf, type Piece } from "./template.js";

/** What a model is fed of a text, or of two. */
export interface Encoded {
  /** Special tokens among them, at most as many as the tokenizer's `maxLength`. */
  readonly ids: readonly number[];
  /** The token type of each. */
  readonly types: readonly number[];
  /** Whether something was left out. */
  readonly cut: boolean;
}

/** How texts shorter than others of a batch are filled up. */
export interface Padding {
  readonly id: number;
  readonly side: "left" | "right";
}

export interface Tokenizer {
  readonly maxLength: MaxLength;
  readonly padding: Padding;
  /** The special token that ends a text, where one does. */
  readonly ending?: number;
  encode(text: string, pair?: string): Encoded;
  /** The tokens of a text: all of them, and no special ones around. */
  tokensOf(text: string): number[];
  /** Tokens of a text as the model is fed them: cut, with the special ones around. */
  framed(tokens: readonly number[]): Framed;
}

/** What a model is fed of a text's tokens. */
export interface Framed extends Encoded {
  /** The first token that is left, which it is everywhere but where the left side is cut. */
  readonly from: number;
  /** Its place among `ids`, and how many are left. */
  readonly at: number;
  readonly kept: number;
}

export interface TokenizerOptions {
  /** The most tokens of a text, special ones among them. Default: see `maxLengthOf`. */
  readonly maxLength?: number;
}

/**
 * The tokenizer of a model's folder. What tokenizer.json says of padding and of cutting is not followed: texts are cut to
 * `maxLength` with their special tokens kept, on the side that tokenizer_config.json names; of two texts the longer first.
 * @throws {ModelError} if there is no tokenizer.json, if it has a part that is not known, or `maxLength` has no room
 */
export async function openTokenizer(files: TextFiles, options: TokenizerOptions = {}): Promise<Tokenizer> {
  requireOptions("openTokenizer", options, { maxLength: whole({ from: 1 }) });
  const { maxLength } = options;
  const tokenizer = files["tokenizer.json"];
  if (!tokenizer)
    throw new ModelError(
      "the model's folder has no tokenizer.json; write one with transformers, AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER)",
    );
  const config = files["tokenizer_config.json"] ?? {};
  // The library is loaded where there is a text to read.
  const { mendedTokenizer } = await import("./mended.js");
  const library = understood(() => mendedTokenizer(tokenizer, config));
  const template = templateOf(tokenizer, config, (token) => library.token_to_id(token));
  const most = maxLength === undefined ? maxLengthOf(files) : { tokens: maxLength, from: "what was asked for" };
  const positions = positionsOf(files) ?? Infinity;
  if (most.tokens > positions)
    throw new ModelError(
      `texts of ${most.tokens} tokens (${most.from}) are longer than the ${positions} positions that the model has by its config.json; take at most ${positions}`,
    );
  const special = { single: specialCount(template.single), pair: specialCount(template.pair) };
  if (!Number.isInteger(most.tokens) || most.tokens <= special.pair)
    throw new ModelError(
      `a length of ${most.tokens} tokens (${most.from}) has no room beside ${special.pair} special tokens; take at least ${special.pair + 1}`,
    );
  const end = template.single.at(-1);
  const ending = end && "ids" in end ? end.ids.at(-1) : undefined;
  const fromLeft = config["truncation_side"] === "left";
  const tokensOf = (text: string): number[] => library.encode(text, { add_special_tokens: false }).ids;
  const before = template.single.findIndex((piece) => !("ids" in piece));
  const at = specialCount(template.single.slice(0, before));
  return {
    maxLength: most,
    ...(ending === undefined ? {} : { ending }),
    padding: paddingOf(files, (token) => library.token_to_id(token)),
    encode(text, pair) {
      const pieces = pair === undefined ? template.single : template.pair;
      const room = most.tokens - (pair === undefined ? special.single : special.pair);
      const texts = (pair === undefined ? [text] : [text, pair]).map((one) => enough(one, room, fromLeft, tokensOf));
      const [first, second] = texts.map(({ tokens }) => tokens.length) as [number, number?];
      const kept = second === undefined ? [Math.min(first, room)] : keptOfPair(first, second, room);
      const left = texts.map(({ tokens }, i) =>
        fromLeft ? tokens.slice(tokens.length - kept[i]!) : tokens.slice(0, kept[i]),
      );
      const cut = texts.some(({ tokens, whole }, i) => !whole || tokens.length > kept[i]!);
      return { ...filled(pieces, left), cut };
    },
    tokensOf: (text) => tokensOf(wellFormed(text)),
    framed(tokens) {
      const kept = Math.min(tokens.length, most.tokens - special.single);
      const from = fromLeft ? tokens.length - kept : 0;
      const left = tokens.slice(from, from + kept);
      return { ...filled(template.single, [left]), cut: kept < tokens.length, from, at, kept };
    },
  };
}

/** @throws {ModelError} what the library throws, in a line */
function understood<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0];
    throw new ModelError(`tokenizer.json cannot be used: ${reason}; save it again with a current transformers`, {
      cause: error,
    });
  }
}

/** More tokens than are needed, so that what a piece's end does to the last ones is cut away. */
const margin = 32;

/** Of one text no more is read, where it has fewer tokens than one for 16 characters. */
const mostCharacters = 100_000;

interface Read {
  readonly tokens: number[];
  /** Whether they are all of the text's. */
  readonly whole: boolean;
}

/** All tokens of a text; of a long one at least `room`, if it has them, from as little of it as will do. */
function enough(text: string, room: number, fromLeft: boolean, tokensOf: (text: string) => number[]): Read {
  const whole = wellFormed(text);
  const needed = room + margin;
  const most = Math.max(mostCharacters, 16 * needed);
  for (let characters = 16 * needed; ; characters *= 4) {
    const length = Math.min(characters, most);
    if (whole.length <= length) return { tokens: tokensOf(whole), whole: true };
    const tokens = tokensOf(fromLeft ? ending(whole, length) : beginning(whole, length));
    if (tokens.length >= needed || length === most) return { tokens, whole: false };
  }
}

/** Halves of characters that stand alone are none. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

function filled(pieces: readonly Piece[], texts: readonly (readonly number[])[]): { ids: number[]; types: number[] } {
  const parts = pieces.map((piece) => ({ type: piece.type, ids: "ids" in piece ? piece.ids : texts[piece.text]! }));
  return {
    ids: parts.flatMap(({ ids }) => ids),
    types: parts.flatMap(({ ids, type }) => ids.map(() => type)),
  };
}

/** By the files, in order of who is nearest to texts; a model without a token for padding gets one that its mask hides. */
function paddingOf(files: TextFiles, idOf: (token: string) => number | undefined): Padding {
  const config = files["tokenizer_config.json"];
  const named = (name: string): number | undefined => {
    const token = tokenIn(config, name) ?? tokenIn(files["special_tokens_map.json"], name);
    return token === undefined ? undefined : idOf(token);
  };
  const own = (files["tokenizer.json"]?.["padding"] ?? undefined) as Json | undefined;
  const whole = (file: Json | undefined, name: string): number | undefined =>
    file?.[name] === 0 ? 0 : sizeIn(file, name);
  const id =
    named("pad_token") ??
    whole(files["config.json"], "pad_token_id") ??
    whole(own, "pad_id") ??
    named("eos_token") ??
    0;
  const side = config?.["padding_side"] ?? String(own?.["direction"] ?? "right").toLowerCase();
  return { id, side: side === "left" ? "left" : "right" };
}
