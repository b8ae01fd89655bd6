import { fitted } from "../backbone/fit.js";
import type { Places } from "../backbone/padded-cut.js";
import { upTo } from "../data/samples.js";
import type { JobData } from "./job.js";
import type { Network } from "./network.js";

/**
 * How long the longest sample is, where blocks start afresh that have to know it.
 * @returns undefined where none do
 */
export async function placesOf(
  { whole, blocks }: Pick<Network, "whole" | "blocks">,
  { train, validation, test, ood }: Pick<JobData, "train" | "validation" | "test" | "ood">,
): Promise<Places | undefined> {
  const counted = blocks?.standIns && whole.inputs.find(({ shape }) => typeof shape[1] === "string");
  if (!counted) return undefined;
  let longest = 1;
  for (const given of [train, validation, ...(test ? [test] : []), ...ood]) {
    const samples = await fitted(whole, given);
    for (const n of upTo(samples.count))
      longest = Math.max(longest, (await samples.feeds([n]))[counted.name]!.dims[1]!);
  }
  return { longest, padding: train.padding ?? "right" };
}
