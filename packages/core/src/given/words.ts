/** Characters of what was given: a message stays a line. */
const most = 80;

/**
 * What was given in place of what is wanted, as a message tells it: strings in quotes, plain lists and objects as JSON, control
 * characters as in JSON too, so that a message stays one line.
 */
export function shown(given: unknown): string {
  if (typeof given === "string")
    return cut(`'${given.replace(/\p{Cc}/gu, (one) => JSON.stringify(one).slice(1, -1))}'`);
  if (typeof given === "function") return "a function";
  if (typeof given !== "object" || given === null) return String(given);
  const name = Object.prototype.toString.call(given).slice("[object ".length, -1);
  return name === "Object" || name === "Array" ? cut(asJson(given)) : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

function asJson(given: object): string {
  try {
    return JSON.stringify(given);
  } catch {
    // A circle, or a bigint.
    return Array.isArray(given) ? "a list" : "an object";
  }
}

function cut(text: string): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** `a, b and c` */
export function phrase(words: readonly string[], and = "and"): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${and} ${words.at(-1)}`;
}
