import type { LoggedPoint, LoggedRun } from "./logged-run.js";

/** What a log lacks of a run: the points to append; or all of them, where what it has is not how the run begins. */
export interface Addition {
  readonly afresh: boolean;
  readonly points: readonly LoggedPoint[];
}

/**
 * Remembers what this process has written of a run. What an earlier one wrote is not read: its log is written afresh from what
 * the run folder records, so that a run that was killed is logged as one that was not.
 */
export class Additions {
  #opening = "";
  #count = 0;
  #last = "";

  /** @param until how many of the run's points may be written now */
  next({ began, parameters, points }: LoggedRun, until = points.length): Addition {
    const opening = JSON.stringify([began, parameters]);
    const goesOn = opening === this.#opening && (this.#count === 0 || told(points[this.#count - 1]) === this.#last);
    const from = goesOn ? this.#count : 0;
    this.#opening = opening;
    this.#count = Math.max(from, until);
    this.#last = told(points[this.#count - 1]);
    return { afresh: !goesOn, points: points.slice(from, this.#count) };
  }
}

function told(point: LoggedPoint | undefined): string {
  return JSON.stringify(point ?? null);
}
