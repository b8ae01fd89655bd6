import { unserved, type NetworkFiles } from "@taskhead/core/internals";
import type { OpenedFile } from "../data/kind.js";
import { configOf } from "../files/model-config.js";
import { ofModel, openModelFile, type ReadModel } from "../files/model-file.js";
import type { TuneOptions } from "../options/options.js";
import type { EarlierRun } from "./earlier-run.js";

/** The models of a job. */
export interface JobModels extends NetworkFiles {
  readonly backbone: ReadModel;
  readonly side?: ReadModel;
}

/** The models as they are trained: an earlier export without the resizing that it has for servers. */
export async function openModels({
  backbone,
  side,
}: Pick<TuneOptions, "backbone" | "side">): Promise<OpenedFile & { files: JobModels }> {
  const whole = await openModelFile(backbone);
  const config = await configOf(backbone);
  const inner = unserved(whole);
  const model = inner ? { ...inner.model, content: whole.content } : whole;
  return {
    path: backbone,
    model,
    unserved: inner,
    ...(config ? { config } : {}),
    files: {
      backbone: model,
      ...(config ? { config } : {}),
      ...(side === undefined ? {} : { side: await openModelFile(side) }),
    },
  };
}

/** With the head of the run that this one goes on from; of numbers it starts anew, as they are standardised anew. */
export function goingOn(
  { files, model, unserved: inner }: OpenedFile & { files: JobModels },
  earlier: EarlierRun | undefined,
  { task }: Pick<TuneOptions, "task">,
  outputs: readonly string[],
): JobModels {
  if (!earlier || task === "regression") return files;
  return { ...files, head: { earlier: { model: inner?.model ?? model, outputs: earlier.outputs }, outputs } };
}

/** Says of which file it is what cannot be opened; of two, the error's own names have to tell. */
export function opening<T>({ backbone, side }: TuneOptions, work: () => T): T {
  return side === undefined ? ofModel(backbone, work) : work();
}

/** Likewise what cannot be trained: side-tuning trains the network at the side alone. */
export function training<T>({ backbone, method, side }: TuneOptions, work: () => T): T {
  return ofModel(method === "side" ? (side ?? backbone) : backbone, work);
}
