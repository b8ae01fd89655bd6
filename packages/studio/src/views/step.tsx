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
    <section class={waits ? "step waits" : "step"} aria-labelledby={titleOf(number)}>
      <h2 id={titleOf(number)} tabIndex={-1}>
        <span class="number">{number}</span> {title}
      </h2>
      {waits ? null : children}
    </section>
  );
}

/** The id of a step's title. */
export function titleOf(number: number): string {
  return `step-${number}`;
}

interface FaultProps {
  /** By which what went wrong is the description of what it went wrong with. */
  readonly id: string;
  readonly text: string | null;
}

/** What went wrong, in a line. */
export function Fault({ id, text }: FaultProps) {
  return (
    <p role="alert" class="fault" id={id} hidden={text === null}>
      {text}
    </p>
  );
}
