import { oldestRuntime, writeModel, type Model } from "@taskhead/autograd";
import { sha256 } from "../data/checksum.js";
import { atPrecision } from "../finetune/at-precision.js";
import { precisions, type Precision } from "../finetune/precisions.js";
import type { Job } from "./job.js";
import type { BestRun, ExportedFile } from "./results.js";
import { scoreServed, type ServedFile } from "./score-served.js";
import { writeJson, type Store } from "./store/store.js";

const folder = "model";

/** Under which key of a store the winner is exported, an ONNX file. */
export const exportedModel = `${folder}/onnx/model.onnx`;

/** Copies lie beside it, under the names that transformers.js looks for. */
function keyOf(precision: Precision): string {
  return precision === "fp32" ? exportedModel : exportedModel.replace(".onnx", `_${precision}.onnx`);
}

/** The folder of an exported model, and the SHA-256 of what was written there: files for others to read hold no seal. */
export class ModelFolder {
  readonly checksums: Record<string, string> = {};

  constructor(private readonly store: Store) {}

  /** @param key in the run's store */
  async write(key: string, bytes: Uint8Array): Promise<void> {
    await this.store.write(key, bytes);
    this.checksums[key.slice(folder.length + 1)] = await sha256(bytes);
  }

  remove(key: string): Promise<void> {
    return this.store.remove(key);
  }
}

/** Writes the exported model and the copies that were asked for, each of them scored before. */
export async function writeFiles<Source>(
  job: Job<Source>,
  into: ModelFolder,
  model: Model,
  served: ServedFile,
  validationScore: number,
): Promise<ExportedFile[]> {
  const { settings, data, sets } = job;
  const { bytes } = served;
  const about = { opset: model.opsets.get("") ?? 1, oldestRuntime: oldestRuntime(model) ?? null };
  const files: ExportedFile[] = [];
  for (const precision of precisions) {
    const file = keyOf(precision);
    if (precision === "fp32") {
      await into.write(file, bytes);
      files.push({ file, precision, bytes: bytes.length, validationScore, ...about });
    } else if (settings.export.includes(precision)) {
      const copy = writeModel(atPrecision(model, precision));
      const copied = { ...served, bytes: copy };
      const { meter } = await scoreServed(job, copied, sets.validation, data.validation, `${precision} copy`);
      const { value } = meter.score();
      await into.write(file, copy);
      files.push({ file, precision, bytes: copy.length, validationScore: value, ...about });
    } else {
      // Of an earlier run: it would be another model's.
      await into.remove(file);
    }
  }
  return files;
}

/**
 * Writes what describes the model, in the layout that transformers.js reads, as far as the modality has one. `taskhead.json`
 * comes last, with the checksums of the others.
 */
export async function describeModel<Source>(
  { store, modality, data, outputs }: Job<Source>,
  into: ModelFolder,
  {
    version,
    ...chosen
  }: {
    tau: unknown;
    epoch: number;
    blend: BestRun["blend"];
    validationScore: number;
    version: string;
    files: ExportedFile[];
  },
): Promise<void> {
  const { objective } = data;
  for (const [name, content] of Object.entries(modality.servedFiles({ objective, outputs })))
    await into.write(`${folder}/${name}`, new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`));
  await writeJson(store.within(folder), "taskhead.json", {
    taskhead: version,
    modality: modality.name,
    objective: objective.name,
    metric: objective.metric.name,
    outputs,
    ...chosen,
    checksums: into.checksums,
  });
}
