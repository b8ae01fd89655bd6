import type { LoggedPoint, LoggedRun } from "../logged-run.js";
import { bytes, int, message, text, type Field } from "../message.js";

/** Messages of W&B's `wandb_internal.proto`, by the numbers of their fields. */

/** What a file of a run begins with: which program wrote it, and the oldest that may read it. */
export function headerRecord(version: string): Field {
  return bytes(21, message(bytes(1, message(text(1, `taskhead ${version}`), text(2, "0.70.0")))));
}

/** The run. Whose it is, and in which project, W&B asks when it syncs. */
export function runRecord(id: string, { name, kind, began, parameters }: LoggedRun, group: string): Field {
  const config = Object.entries(parameters).map(([key, value]) => bytes(1, item(key, value)));
  const started = message(int(1, Math.floor(began / 1000)), int(2, Math.round((began % 1000) * 1e6)));
  return bytes(
    17,
    message(
      text(1, id),
      text(3, "taskhead"),
      bytes(4, message(...config)),
      text(6, group),
      text(7, kind),
      text(8, name),
      bytes(17, started),
    ),
  );
}

/** A row of a run's history. */
export function historyRecord(point: LoggedPoint, began: number): Field {
  const items = Object.entries(rowOf(point, began)).map(([key, value]) => bytes(1, nested(key, value)));
  return bytes(2, message(...items, bytes(2, message(int(1, point.step)))));
}

/** What a run came to: the last of each number. */
export function summaryRecord({ points, began }: LoggedRun): Field {
  const last = Object.assign({}, ...points.map((point) => rowOf(point, began))) as Record<string, number>;
  return bytes(3, message(...Object.entries(last).map(([key, value]) => bytes(1, nested(key, value)))));
}

export function exitRecord(ended: "finished" | "failed", seconds: number): Field {
  return bytes(18, message(int(1, ended === "finished" ? 0 : 1), int(2, Math.round(seconds))));
}

/** @param number of the record in its file, from 1 */
export function record(number: number, content: Field): Uint8Array {
  return message(int(1, number), content);
}

function rowOf({ step, time, values }: LoggedPoint, began: number): Record<string, number> {
  return { _step: step, _timestamp: time / 1000, _runtime: (time - began) / 1000, ...values };
}

/** Keys hold no dots that would mean something: one name alone is as `wandb.log` writes it. */
function nested(key: string, value: number): Uint8Array {
  return message(text(2, key), text(16, JSON.stringify(value)));
}

function item(key: string, value: string | number | boolean): Uint8Array {
  return message(text(1, key), text(16, JSON.stringify(value)));
}
