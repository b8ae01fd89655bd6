import { DamagedError } from "./errors.js";

/** What a tuning tells while it runs. */
export type TuneEvent =
  | {
      readonly kind: "progress";
      /** What is being done, in words: `head probing`. */
      readonly task: string;
      /** Units finished so far, of `total`. */
      readonly done: number;
      readonly total: number;
      /** A plural noun: `images`, `steps`. */
      readonly unit: string;
      /** What there is to say besides, such as the loss. */
      readonly note?: string;
    }
  /** How far the fine-tuning of all candidates together is, in epochs: done since it was begun here, and still to do. */
  | { readonly kind: "search"; readonly done: number; readonly left: number }
  /** A task is done with, whether it came to its total or not. */
  | { readonly kind: "end"; readonly task: string }
  /** Something to know, such as a rate that was found or a run that diverged. */
  | {
      readonly kind: "message";
      readonly text: string;
      /** Told of a stored file that was not as it should be, and is made again. */
      readonly damaged?: boolean;
    };

export type OnProgress = (event: TuneEvent) => void;

/** Tells what may not be meant as it is. */
export function warn(onProgress: OnProgress | undefined, text: string): void {
  onProgress?.({ kind: "message", text: `warning: ${text}` });
}

/** One piece of long work. */
export interface Task {
  /** @param total where it turned out to be another than at the beginning */
  update(done: number, note?: string, total?: number): void;
  end(): void;
}

/** Begins a task: its listener hears of it at once. */
export function beginTask(onProgress: OnProgress | undefined, task: string, expected: number, unit: string): Task {
  const update = (done: number, note?: string, total = expected): void =>
    onProgress?.({ kind: "progress", task, done, total, unit, ...(note === undefined ? {} : { note }) });
  update(0);
  return { update, end: () => onProgress?.({ kind: "end", task }) };
}

/** Counts the fine-tuning of all candidates of a job together. What was done before it was begun here counts neither way. */
export class Search {
  #done = 0;
  #left = 0;

  constructor(private readonly onProgress: OnProgress | undefined) {}

  /** @param left epochs of all candidates that are still to do, as far as one can know */
  expect(left: number): void {
    this.#left = left;
  }

  /** So many epochs were for nothing, and are to do again. */
  again(epochs: number): void {
    this.#left += epochs;
  }

  /** So much of an epoch was trained. */
  trained(epochs: number): void {
    this.#done += epochs;
    this.#left = Math.max(0, this.#left - epochs);
    this.onProgress?.({ kind: "search", done: this.#done, left: this.#left });
  }
}

/**
 * Reads what can be computed again: where it is damaged, or of another run, that is told, and it counts as not there.
 * @throws what reading throws besides `DamagedError`
 */
export async function unlessDamaged<T>(
  onProgress: OnProgress | undefined,
  reading: Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    const text = `warning: ${error.key}: ${error.reason}; it is computed again`;
    onProgress?.({ kind: "message", text, damaged: true });
    return undefined;
  }
}
