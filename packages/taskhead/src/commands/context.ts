import type { Caller } from "../run/finish-run.js";
import type { Output } from "../terminal/output.js";
import { createProgress, showing, type Progress, type ProgressStream } from "../terminal/progress.js";
import { visible } from "../words/visible.js";

/** What a command works with. Results go to `print`, everything else to `progress`. */
export interface Context {
  /** Writes to standard output, with a line break. */
  print(text: string): void;
  progress: Progress;
  /** Columns of the terminal that results are printed on; undefined where they go elsewhere, and nothing may be cut. */
  width?: number;
  /** Aborted when the user presses Ctrl-C; its reason is an InterruptedError. */
  signal: AbortSignal;
  /** The command line, for the report. */
  commandLine: string;
}

export interface Streams {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  stderr: ProgressStream;
}

export function createContext(
  { stdout, stderr }: Streams,
  output: Output,
  who: Pick<Context, "signal" | "commandLine">,
): Context {
  return {
    ...who,
    print: (text) => output.write(visible(`${text}\n`)),
    progress: createProgress(stderr),
    ...(stdout.isTTY && stdout.columns ? { width: stdout.columns } : {}),
  };
}

/** As a job knows whoever runs it. */
export function callerOf({ progress, signal, commandLine }: Context): Caller {
  return { onProgress: showing(progress), signal, commandLine };
}
