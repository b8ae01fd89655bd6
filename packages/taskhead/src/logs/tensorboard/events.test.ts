import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { markdown, scalar, startEvent, summaryEvent, versionEvent } from "./events.js";
import { sessionEnd, sessionStart } from "./hparams.js";
import { tfRecord } from "./records.js";

const reference = JSON.parse(readFileSync(new URL("events.reference.json", import.meta.url), "utf8")) as {
  file: string;
};

test("a file is TensorBoard's own, byte for byte", () => {
  const began = 1700000000.25;
  const sessions: Record<string, string | number | boolean>[] = [{ tau: 0.5 }, { head: "linear" }, { forecast: false }];
  const events = [
    versionEvent(began, "tensorboard.summary.writer.event_file_writer"),
    startEvent({ seconds: began, step: 0 }),
    summaryEvent({ seconds: began + 1, step: 300 }, [scalar("train/loss", 0.1), scalar("validation/accuracy", 0)]),
    summaryEvent({ seconds: began + 2, step: 0 }, [markdown("settings", "| ü |")]),
    ...sessions.map((parameters) => summaryEvent({ seconds: began + 3, step: 0 }, [sessionStart(parameters, began)])),
    summaryEvent({ seconds: began + 4, step: 300 }, [sessionEnd("failed", began + 4)]),
  ];
  expect(Buffer.concat(events.map(tfRecord)).toString("base64")).toBe(reference.file);
});
