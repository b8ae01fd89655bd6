import type { InParts } from "@taskhead/autograd";
import type { Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import type { Feeds } from "../engine/session.js";

/** What a step's graph takes of a batch, but for its targets: those of the samples of `indices`, in their order. */
export type StepFeeds = (samples: Samples, indices: readonly number[]) => Promise<Feeds>;

/** For a graph that takes the batch as it is. */
export const wholeFeeds: StepFeeds = (samples, indices) => samples.feeds(indices);

/** For a graph that takes it in parts: runs of the indices, as even as can be. */
export function feedsInParts(engine: Engine, { inputs, count, parts }: InParts): StepFeeds {
  return async (samples, indices) => {
    const feeds: Feeds = { [count]: engine.tensor("int64", BigInt64Array.of(BigInt(indices.length)), [1]) };
    for (const [part, own] of cut(indices, parts).entries())
      for (const [name, tensor] of Object.entries(await samples.feeds(own))) {
        const names = inputs.get(name);
        if (names) feeds[names[part]!] = tensor;
      }
    return feeds;
  };
}

/** Where there are fewer than parts, the last ones hold the last index again, which is not counted. */
function cut(indices: readonly number[], parts: number): number[][] {
  const most = Math.max(indices.length, parts);
  return Array.from({ length: parts }, (_, part) => {
    const own = indices.slice(Math.floor((part * most) / parts), Math.floor(((part + 1) * most) / parts));
    return own.length > 0 ? own : indices.slice(-1);
  });
}
