/** Joiners of letters are part of how these scripts are written. */
const joined = "Arab Syrc Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh"
  .split(" ")
  .map((script) => `\\p{Script=${script}}`)
  .join("");

/**
 * What is left as it is, and what is not: whatever would steer a terminal, turn the order of letters round, or not be seen
 * at all. That is control characters (escape sequences begin with one), bidirectional and other invisible format
 * characters, separators of lines, and halves of surrogate pairs. Emoji are made with invisible ones.
 */
const pattern = (): RegExp =>
  (made ??= new RegExp(`(?<fine>\\p{RGI_Emoji}|(?<=[${joined}])[\\u200c\\u200d](?=\\p{L}))|${steering.source}`, "gv"));
let made: RegExp | undefined;

const steering = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u;

/**
 * A line as it may be shown: what is not seen is written as JSON does, `\u001b`, so that JSON stays what it is. Names of
 * files, classes and models may hold anything.
 */
export function visibleLine(text: string): string {
  // Most lines have nothing of the kind, and to know all emoji takes a while.
  return !steering.test(text)
    ? text
    : text.replace(pattern(), (found, fine: string | undefined) => fine ?? escaped(found));
}

/** Several lines, as they may be shown. */
export function visible(text: string): string {
  return text.split("\n").map(visibleLine).join("\n");
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
