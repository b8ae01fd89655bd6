/**
 * How many tokens of two texts are kept, so that they have `room` together: the longer one is cut first, then both to half,
 * as the reference does (`TruncationStrategy::LongestFirst`).
 */
export function keptOfPair(first: number, second: number, room: number): [first: number, second: number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
  const [less, more] =
    shorter + longer > room ? [Math.floor(room / 2), Math.floor(room / 2) + (room % 2)] : [shorter, longer];
  return first > second ? [more, less] : [less, more];
}

/**
 * A text's beginning of about so many characters, to be tokenised alone. It ends before a single space, where there is one
 * near: to the left of that, tokens are as in the whole text.
 */
export function beginning(text: string, characters: number): string {
  return text.slice(0, boundary(text, characters, -1));
}

/** Its end, likewise. */
export function ending(text: string, characters: number): string {
  return text.slice(boundary(text, text.length - characters, 1));
}

/** How far a space is looked for. */
const far = 1000;

function boundary(text: string, near: number, step: 1 | -1): number {
  const isSpace = (i: number): boolean => /\s/u.test(text[i] ?? " ");
  for (let i = near; Math.abs(i - near) < far && i > 0 && i < text.length; i += step)
    if (text[i] === " " && !isSpace(i - 1) && !isSpace(i + 1)) return i;
  // Not between the halves of a character.
  return /[\udc00-\udfff]/.test(text[near] ?? "") ? near - 1 : near;
}
