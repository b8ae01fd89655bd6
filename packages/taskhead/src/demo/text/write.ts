import { random, type Random } from "@taskhead/core/internals";
import { oneOf, phrased } from "./phrases.js";
import { pretrainingRequests } from "./pretraining-requests.js";
import { asides, endings, openings, slots } from "./slots.js";
import { targetRequests } from "./target-requests.js";

export const pretrainingIntents: readonly string[] = Object.keys(pretrainingRequests);
export const targetIntents: readonly string[] = Object.keys(targetRequests);

/** How often a longer word is mistyped. */
const typos = 0.03;

/** Writes message `index` to a shop; the same intent, seed and index give the same text. */
export function writeRequest(intent: string, seed: number, index: number): string {
  const wishes = pretrainingRequests[intent] ?? targetRequests[intent];
  if (!wishes) throw new Error(`nobody writes of '${intent}'`);
  const rng = random(seed, "write", intent, index);
  const may = (share: number, from: readonly string[]): readonly string[] => (rng.uniform() < share ? from : []);
  const parts = [may(0.4, openings), may(0.4, asides), wishes, may(0.3, asides), may(0.3, endings)];
  const sentences = parts.flatMap((from) => {
    const phrase = oneOf(from, rng);
    return phrase === undefined ? [] : [sentence(phrased(phrase, slots, rng))];
  });
  return mistyped(sentences.join(" "), rng);
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`.replace(/\bi\b/g, "I").replace(/ ,/g, ",");
}

/** Two neighbouring letters of some words change places. */
function mistyped(text: string, rng: Random): string {
  return text.replace(/[a-z]{4,}/g, (word) => {
    if (rng.uniform() >= typos) return word;
    const at = rng.integer(0, word.length - 2);
    return word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2);
  });
}
