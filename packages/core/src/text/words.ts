import { beginning } from "./cut.js";
import type { Encoded, Tokenizer } from "./tokenizer.js";

/** What a model is fed of a text that is given word by word. */
export interface EncodedWords extends Encoded {
  /** Of each word the place of its first token among `ids`; −1 where it was cut away, or has no token. */
  readonly places: readonly number[];
}

/** Of one word no more is read. */
const mostCharacters = 10_000;

/**
 * A text given as words, and where each begins among its tokens. They are the tokens of the words joined by spaces, which is
 * how whoever asks the model has the text, where each is of one word. Where a tokenizer makes one token of parts of two words,
 * each word is tokenised alone, as Hugging Face's `is_split_into_words` does. A word without a token, such as a control
 * character, has no place. Cut as any text, with its special tokens kept.
 * @param words not empty, and without spaces around them
 */
export function encodeWords(tokenizer: Pick<Tokenizer, "tokensOf" | "framed">, words: readonly string[]): EncodedWords {
  const read = words.map((word) => (word.length > mostCharacters ? beginning(word, mostCharacters) : word));
  const parts = tokensOfWords(tokenizer, read);
  const { from, at, kept, ...encoded } = tokenizer.framed(parts.flat());
  let place = -from;
  const places = parts.map(({ length }) => {
    const first = place;
    place += length;
    return length > 0 && first >= 0 && first < kept ? at + first : -1;
  });
  return { ...encoded, places };
}

/** The tokens of each word. */
function tokensOfWords(tokenizer: Pick<Tokenizer, "tokensOf">, words: readonly string[]): number[][] {
  const joined = tokenizer.tokensOf(words.join(" "));
  // After a space a word is other tokens to most, but not to all that mark the begin of a text.
  const spaced = words.map((word, i) => tokenizer.tokensOf(i === 0 ? word : ` ${word}`));
  const same = sameTokens(spaced.flat(), joined);
  return same ? spaced : (divided(tokenizer, words, spaced, joined) ?? apart(tokenizer, words, spaced));
}

/**
 * The tokens of a whole text, divided among its words: each takes its own, with or without the space before it, or none.
 * @returns undefined where tokens are left that are none of theirs
 */
function divided(
  tokenizer: Pick<Tokenizer, "tokensOf">,
  words: readonly string[],
  spaced: readonly number[][],
  joined: readonly number[],
): number[][] | undefined {
  let place = 0;
  const begins = (tokens: readonly number[]): boolean => tokens.every((id, i) => joined[place + i] === id);
  const parts = words.map((word, i) => {
    const own = [spaced[i]!, tokenizer.tokensOf(word)].find((tokens) => tokens.length > 0 && begins(tokens)) ?? [];
    place += own.length;
    return own;
  });
  return place === joined.length ? parts : undefined;
}

/** Each word's own tokens, in the form that it has behind the word before it. */
function apart(
  tokenizer: Pick<Tokenizer, "tokensOf">,
  words: readonly string[],
  spaced: readonly number[][],
): number[][] {
  return words.map((word, i) => {
    if (i === 0) return spaced[0]!;
    const pair = tokenizer.tokensOf(`${words[i - 1]!} ${word}`);
    const ends = (tokens: readonly number[]): boolean => sameTokens(tokens, pair.slice(pair.length - tokens.length));
    const bare = tokenizer.tokensOf(word);
    return !ends(spaced[i]!) && ends(bare) ? bare : spaced[i]!;
  });
}

function sameTokens(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((id, i) => id === other[i]);
}
