import { byProbability } from "@taskhead/core/internals";
import type { Said } from "../job/samples.js";
import { number, percent } from "./format.js";
import { partsOf } from "./map-parts.js";

/** So many labels, or classes of pixels, are said. */
const mostSaid = 3;

/** An answer as it is said: the likeliest class, the likeliest labels, the numbers, the entities, or the largest parts of a picture. */
export function spokenAnswer(said: Said | null): string {
  if (said === null) return "";
  if (said.of === "words") {
    const entities = said.words.entities.map(({ type, text }) => `${type}: ${text}`);
    return entities.length > 0 ? entities.join(", ") : "no entity";
  }
  if (said.of === "pixels") return listed(partsOf(said).map(({ label, part }) => [label, percent(part)]));
  const { classes, labels = [], numbers = [] } = said.answer;
  const likeliest = classes?.slice(0, 1) ?? byProbability(labels);
  return [
    listed(likeliest.map(({ label, probability }) => [label, percent(probability)])),
    ...numbers.map(({ name, value }) => `${name} ${number(value)}`),
  ]
    .filter(Boolean)
    .join(", ");
}

function listed(parts: readonly (readonly [what: string, amount: string])[]): string {
  return parts
    .slice(0, mostSaid)
    .map((part) => part.join(" "))
    .join(", ");
}
