import type { ComponentChildren } from "preact";

interface StepProps {
  readonly number: number;
  readonly title: string;
  /** It waits for what comes before it. */
  readonly waits?: boolean;
  readonly children: ComponentChildren;
}

/** One of the steps of the page. */
export function Step({ number, title, waits = false, children }: StepProps) {
  return (
    <section class={waits ? "step waits" : "step"} aria-labelledby={`step-${number}`}>
      <h2 id={`step-${number}`}>
        <span class="number">{number}</span> {title}
      </h2>
      {waits ? null : children}
    </section>
  );
}

/** What went wrong, in a line. */
export function Fault({ text }: { text: string | null }) {
  return (
    <p role="alert" class="fault" hidden={text === null}>
      {text}
    </p>
  );
}
