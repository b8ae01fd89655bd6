import type { Caller } from "../run/tune.js";
import { showing, type Progress } from "../terminal/progress.js";

/** What a command works with. Results go to `print`, everything else to `progress`. */
export interface Context {
  /** Writes to standard output, with a line break. */
  print(text: string): void;
  progress: Progress;
  /** Aborted when the user presses Ctrl-C; its reason is an InterruptedError. */
  signal: AbortSignal;
  /** The command line, for the report. */
  commandLine: string;
}

/** As a job knows whoever runs it. */
export function callerOf({ progress, signal, commandLine }: Context): Caller {
  return { onProgress: showing(progress), signal, commandLine };
}
