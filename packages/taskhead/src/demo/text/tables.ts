import { join } from "node:path";
import { writeFileAtomic } from "../../files/atomic.js";
import { csv } from "../../files/csv.js";
import { labelsOf } from "../task.js";
import { targetIntents, writeRequest } from "./write.js";

/** Few labels to learn from, more to judge by. */
const perIntent = { train: 12, validation: 40, test: 40 };

export type Role = keyof typeof perIntent;

/** Writes the demo's target task into `root/<role>.csv`. */
export function writeTables(root: string, seed: number): Record<Role, string> {
  const table = (role: Role, first: number): string => {
    const file = join(root, `${role}.csv`);
    const rows = labelled(seed, first, perIntent[role]).map(({ text, label }) => [text, targetIntents[label]!]);
    writeFileAtomic(file, `${csv([["text", "label"], ...rows])}\n`);
    return file;
  };
  return { train: table("train", 0), validation: table("validation", 1000), test: table("test", 2000) };
}

/** Messages `first` and on of every intent. */
export function labelled(seed: number, first: number, count: number): { text: string; label: number }[] {
  return labelsOf(targetIntents, count).map((label, n) => ({
    text: writeRequest(targetIntents[label]!, seed, first + (n % count)),
    label,
  }));
}
