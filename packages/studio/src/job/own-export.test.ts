import { memoryStore, RunStore, sha256, writeJson } from "@taskhead/core/internals";
import { expect, test } from "vitest";
import { requireOwnExport } from "./own-export.js";

test("what a run exported is told from what it is not", async () => {
  const run = memoryStore();
  const [bytes, others] = ["whole", "cut"].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];
  const of = (content: Uint8Array) => new Map([["model/onnx/model.onnx", content]]);
  await expect(requireOwnExport(run, of(bytes))).rejects.toThrow("model/taskhead.json is not there");
  const checksums = { "onnx/model.onnx": await sha256(bytes) };
  await writeJson(new RunStore(run, "run").within("model"), "taskhead.json", { checksums });
  await requireOwnExport(run, of(bytes));
  await expect(requireOwnExport(run, of(others))).rejects.toThrow(
    "model/onnx/model.onnx is not what taskhead exported: its checksum is another than in taskhead.json; the browser has changed it",
  );
});
