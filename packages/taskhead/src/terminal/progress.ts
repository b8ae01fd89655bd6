import { Presets, SingleBar } from "cli-progress";
import type { OnProgress } from "@taskhead/core/internals";
import { duration } from "./format.js";
import { visibleLine } from "../words/visible.js";

/** One piece of long work. Its owner says how far it got; rate and time left follow. */
export interface Task {
  /**
   * @param done units finished so far
   * @param note what to say besides, such as the loss
   * @param left the time left of all that this is a part of, in place of its own
   */
  update(done: number, note?: string, left?: string): void;
  end(): void;
}

/** Says on standard error what a run is doing; standard output belongs to the result. */
export interface Progress {
  /** @param unit a plural noun: `images`, `steps` */
  task(label: string, total: number, unit: string): Task;
  /** A line that stays. */
  say(line: string): void;
}

export interface ProgressStream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
}

/** A bar on a terminal; elsewhere (a log, a pipe) a plain line every few seconds and one at the end. */
export function createProgress(stream: ProgressStream = process.stderr, secondsBetweenLines = 5): Progress {
  // A terminal that cannot move its cursor is as good as a file.
  return stream.isTTY && process.env["TERM"] !== "dumb" ? bars(stream) : lines(stream, secondsBetweenLines * 1000);
}

/** Shows tasks only once they have taken so long: of what is done at once nobody wants to read. */
export function patiently(progress: Progress, seconds = 2): Progress {
  return {
    ...progress,
    task(label, total, unit) {
      const due = performance.now() + 1000 * seconds;
      let task: Task | undefined;
      return {
        update(done, ...more) {
          if (performance.now() >= due) task ??= progress.task(label, total, unit);
          task?.update(done, ...more);
        },
        end: () => task?.end(),
      };
    },
  };
}

/** For tests and for use as a library. */
export const silent: Progress = { task: () => ({ update() {}, end() {} }), say() {} };

/** Shows what a job tells while it runs. */
export function showing(progress: Progress): OnProgress {
  const tasks = new Map<string, Task>();
  let search: { since: number; left?: string | undefined } | undefined;
  return (event) => {
    if (event.kind === "search") {
      // Time before the first step went into something else.
      search ??= { since: performance.now() };
      const seconds = (performance.now() - search.since) / 1000;
      const pace = event.done / seconds;
      search.left = seconds > 1 && event.left > 0 ? `${duration(event.left / pace)} left in all` : undefined;
      return;
    }
    if (event.kind === "message") return progress.say(event.text);
    const known = tasks.get(event.task);
    if (event.kind === "end") {
      tasks.delete(event.task);
      return known?.end();
    }
    const task = known ?? progress.task(event.task, event.total, event.unit);
    tasks.set(event.task, task);
    // A task that has only begun has no pace to show.
    if (event.done > 0 || event.note !== undefined) task.update(event.done, event.note, search?.left);
  };
}

function bars(stream: ProgressStream): Progress {
  return {
    task(label, total, unit) {
      const clock = new Clock(total);
      const bar = new SingleBar(
        {
          format: "{label} {bar} {value}/{total} {unit}{pace}{note}",
          stream,
          hideCursor: true,
          clearOnComplete: true,
          // What stands beside it takes some seventy columns.
          barsize: Math.max(4, Math.min(24, (stream.columns ?? 80) - 74)),
          fps: 8,
        },
        Presets.shades_classic,
      );
      bar.start(total, 0, { label: label.padEnd(16), unit, pace: "", note: "" });
      let said = "";
      return {
        update(done, note, left) {
          said = note ?? said;
          bar.update(done, { pace: after(clock.pace(done, left)), note: after(said) });
        },
        end() {
          bar.stop();
          stream.write(`${label}: ${clock.summary(unit)}${after(said)}\n`);
        },
      };
    },
    say: (line) => void stream.write(`${visibleLine(line)}\n`),
  };
}

function lines(stream: NodeJS.WritableStream, interval: number): Progress {
  return {
    task(label, total, unit) {
      const clock = new Clock(total);
      let written = Date.now();
      let said = "";
      return {
        update(done, note, left) {
          said = note ?? said;
          const pace = clock.pace(done, left);
          if (Date.now() - written < interval) return;
          written = Date.now();
          stream.write(`${label}: ${done}/${total} ${unit}${after(pace)}${after(said)}\n`);
        },
        end: () => void stream.write(`${label}: ${clock.summary(unit)}${after(said)}\n`),
      };
    },
    say: (line) => void stream.write(`${visibleLine(line)}\n`),
  };
}

/** What is said of a task besides, where there is something. */
function after(text: string): string {
  return text && ` · ${text}`;
}

class Clock {
  private readonly started = performance.now();
  /**
   * Where the task was when it was first heard of: what a resumed one had done before must not count towards the rate, and how much
   * of a first batch was done here nobody says.
   */
  private first: { done: number; at: number } | undefined;
  private last = { done: 0, at: 0 };

  constructor(private readonly total: number) {}

  /** @param left of more than this task */
  pace(done: number, left?: string): string {
    this.last = { done, at: performance.now() };
    this.first ??= this.last;
    const rate = this.rate();
    if (!(rate > 0)) return left ?? "";
    return `${perSecond(rate)} · ${left ?? `${duration((this.total - done) / rate)} left`}`;
  }

  summary(unit: string): string {
    const rate = this.rate();
    const seconds = (performance.now() - this.started) / 1000;
    return `${this.last.done}/${this.total} ${unit} in ${duration(seconds)}${rate > 0 ? ` (${perSecond(rate)})` : ""}`;
  }

  /** NaN until it was heard of twice. */
  private rate(): number {
    const { done, at } = this.first ?? this.last;
    return this.last.done > done ? (this.last.done - done) / Math.max((this.last.at - at) / 1000, 1e-3) : NaN;
  }
}

function perSecond(rate: number): string {
  return rate >= 10 ? `${Math.round(rate)}/s` : `${rate.toFixed(1)}/s`;
}
