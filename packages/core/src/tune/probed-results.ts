import { startOptions } from "../heads/index.js";
import { isDialled } from "../probe/taus.js";
import { summaryOf, type Job } from "./job.js";
import { featuresName } from "./network.js";
import { pointOf, type Probed } from "./probing.js";
import type { Origin, TuneResults } from "./results.js";
import { plainValues, settingTable } from "./settings/index.js";

/** Where a job keeps what probing alone found, for the guide of a run that is not fine-tuned, or not yet. */
export const probedKey = "probed.json";

/** What is known before fine-tuning, as results without a run. */
export function probedResults<Source>(job: Job<Source>, probed: Probed, origin: Origin): TuneResults {
  const { settings, network, data } = job;
  const { backbone, whole, start } = network;
  return {
    taskheadVersion: origin.version,
    createdAt: new Date().toISOString(),
    command: origin.command,
    backbone: {
      file: origin.backbone,
      features: featuresName(network),
      width: backbone.width,
      parameters: whole.parameterCount,
      found: backbone.found,
      // A decoder is one block, whatever it is made of.
      reinitialisedBlocks: settings.reinitDecoder ? 1 : settings.reinitBlocks,
    },
    data: summaryOf(job),
    metric: data.objective.metric,
    options: {
      ...(origin.options ?? plainValues(settingTable, settings)),
      ...startOptions(start),
      ...(settings.energy ? {} : { taus: probed.taus.join() }),
    },
    method: settings.method,
    batchNormShift: null,
    featureNorm: probed.featureNorm,
    probing: probed.stops.filter(({ tau }) => !isDialled(tau)).map(pointOf),
    labels: null,
    rows: [],
    blends: null,
    best: null,
  };
}
