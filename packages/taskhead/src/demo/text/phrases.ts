import type { Random } from "@taskhead/core/internals";

/** Phrases by the name that others call them by: `{item}`. */
export type Phrases = Readonly<Record<string, readonly string[]>>;

/**
 * One of the sentences that a phrase stands for: of `(a|b|)` one alternative, in place of `{item}` one of the phrases of
 * that name, none of them twice. Each is as likely as the others. Alternatives may hold alternatives.
 * @throws {Error} if there is no phrase of a name, or none is left
 */
export function phrased(phrase: string, phrases: Phrases, rng: Random): string {
  // The innermost first: what has no bracket in it.
  const innermost = /\(([^(){}]*)\)|\{(\w+)\}/;
  const used = new Set<string>();
  let text = phrase;
  for (let match = innermost.exec(text); match; match = innermost.exec(text)) {
    const [whole, alternatives, name] = match;
    const chosen =
      alternatives === undefined
        ? oneOf(phrases[name!]?.filter((one) => !used.has(one)) ?? [], rng)
        : oneOf(alternatives.split("|"), rng);
    if (chosen === undefined) throw new Error(`there is no phrase for {${name}} in '${phrase}'`);
    if (name !== undefined) used.add(chosen);
    text = text.slice(0, match.index) + chosen + text.slice(match.index + whole.length);
  }
  return text.replace(/\s+/g, " ").trim();
}

/** @returns undefined where there are none */
export function oneOf<T>(choices: readonly T[], rng: Random): T | undefined {
  return choices.length === 0 ? undefined : choices[rng.integer(0, choices.length - 1)];
}
