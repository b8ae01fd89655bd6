import { percent } from "./format.js";

/** What the model says, the likeliest class first. */
export type Answer = readonly { readonly label: string; readonly probability: number }[];

export function Answers({ answer }: { answer: Answer | null }) {
  return (
    <ol class="answer" aria-live="polite" data-testid="answer">
      {(answer ?? []).slice(0, 5).map(({ label, probability }) => (
        <li key={label}>
          <span>{label}</span> <meter value={probability} min={0} max={1} aria-label={label} />{" "}
          <span>{percent(probability)}</span>
        </li>
      ))}
    </ol>
  );
}
