import { expect, it } from "vitest";
import { textNetwork } from "../../test/texts.js";
import { texts } from "../text/modality.js";
import type { Job } from "./job.js";
import { openNetwork } from "./network.js";
import { settle, type Settings } from "./settings/index.js";
import { trainingOptions } from "./training-options.js";

/** The factor on the rate of each of a network's parameters. */
function factors(given: Partial<Settings>): Map<string, number> {
  const settings = settle(given);
  const network = openNetwork({ backbone: { bytes: textNetwork().bytes } }, settings, texts());
  const job = { network, settings } as Job;
  const { rateMultiplier } = trainingOptions(job, { head: new Map() } as never);
  return new Map(network.backbone.parameters.map((name) => [name, rateMultiplier!(name)]));
}

it("an update of low rank learns at the rate of the block that its weight is in", () => {
  const whole = factors({ layerDecay: 0.5 });
  const lora = factors({ layerDecay: 0.5, method: "lora", loraRank: 2 });
  expect(lora.size).toBeGreaterThan(0);
  for (const [name, factor] of lora) expect(factor, name).toBe(whole.get(name.replace(/^lora\.(down|up)\./, "")));
  expect(new Set(lora.values()).size).toBeGreaterThan(1);
});
