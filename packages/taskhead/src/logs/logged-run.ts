/** A curve's worth of numbers as other programs show them: one start's fine-tuning, or a probing. */
export interface LoggedRun {
  /** Words joined by `/`, each good as a folder's name: `tau-4`. */
  readonly name: string;
  readonly kind: "probing" | "trial";
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** By ascending step. A run that goes on has more at the end; one that began again has others. */
  readonly points: readonly LoggedPoint[];
  /** null while it goes on */
  readonly ended: "finished" | "failed" | null;
}

/** What was measured at a step. */
export interface LoggedPoint {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Finite numbers by name: `train/loss`. */
  readonly values: Readonly<Record<string, number>>;
}

/** Writes runs in the format of a program. It is given a run again and again, each time whole. */
export interface LogWriter {
  write(run: LoggedRun): void;
}

/** The time of the last point: when what is known was known. */
export function latest({ began, points }: LoggedRun): number {
  return points.at(-1)?.time ?? began;
}
