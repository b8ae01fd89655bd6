import { byProbability, type Answer } from "@taskhead/core/internals";
import { number, percent } from "./format.js";

/** So many classes or labels are shown; numbers all. */
const mostShown = 5;

/** What the model says: the likeliest classes or labels first, or numbers. */
export function Answers({ answer }: { answer: Answer | null }) {
  const { classes, labels = [], numbers = [] } = answer ?? {};
  return (
    <ol class="answer" data-testid="answer">
      {(classes ?? byProbability(labels)).slice(0, mostShown).map(({ label, probability }) => (
        <li key={label}>
          <span>{label}</span> <meter value={probability} min={0} max={1} aria-label={label} />{" "}
          <span>{percent(probability)}</span>
        </li>
      ))}
      {numbers.map(({ name, value }) => (
        <li key={name}>
          <span>{name}</span> <span>{number(value)}</span>
        </li>
      ))}
    </ol>
  );
}
