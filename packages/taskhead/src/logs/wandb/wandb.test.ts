import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { LoggedRun } from "../logged-run.js";
import { exitRecord, headerRecord, historyRecord, record, runRecord, summaryRecord } from "./messages.js";
import { fileHeader, logRecord } from "./records.js";

const reference = JSON.parse(readFileSync(new URL("wandb.reference.json", import.meta.url), "utf8")) as {
  records: string[];
  log: { lengths: number[]; bytes: number; sha256: string };
};

test("records are those of W&B's own messages, byte for byte", () => {
  const point = { step: 300, time: 1700000001250, values: { "train/loss": 0.25 } };
  const run: LoggedRun = {
    name: "tau-0.5",
    kind: "trial",
    began: 1700000000250,
    parameters: { tau: 0.5, head: "linear", forecast: false },
    points: [point],
    ended: "failed",
  };
  const fields = [
    headerRecord("0.1.0"),
    runRecord("abcd1234", run, "run"),
    historyRecord(point, run.began),
    summaryRecord(run),
    exitRecord("failed", 2),
  ];
  expect(fields.map((field, i) => Buffer.from(record(i + 1, field)).toString("base64"))).toEqual(reference.records);
});

test("the log is W&B's own: records that fit, that leave room for a header or for less, and that take several blocks", () => {
  const parts = [fileHeader];
  let size = fileHeader.length;
  for (const [k, length] of reference.log.lengths.entries()) {
    const part = logRecord(
      Uint8Array.from({ length }, (_, i) => 31 * k + 7 * i),
      size,
    );
    parts.push(part);
    size += part.length;
  }
  expect(size).toBe(reference.log.bytes);
  expect(createHash("sha256").update(Buffer.concat(parts)).digest("hex")).toBe(reference.log.sha256);
});
