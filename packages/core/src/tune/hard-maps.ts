import { sizeOf } from "@taskhead/autograd";
import { fitted } from "../backbone/fit.js";
import { runSamples } from "../data/run-samples.js";
import { selected, type Samples } from "../data/samples.js";
import { withWeights, type Weights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";
import { withHead } from "../heads/index.js";
import type { HardSample } from "../measures/hardest.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import type { Job } from "./job.js";

/** So many maps of a set are kept for a page to show. */
const mostMaps = 12;

/**
 * Where a job keeps what the probed head and the winner answer at every place of the hardest samples of a set: class indices
 * as bytes, [n, 2, height, width], the probed head's first, in the order of `hardest`.
 */
export function hardMapsKey(set: "validation" | "test"): string {
  return `hardest-${set}.maps`;
}

/** Answers of the hardest samples before and after fine-tuning; a class beyond the 255th is told as the 255th. */
export async function writeHardMaps<Source>(
  { data, network, store }: Job<Source>,
  { stop, weights }: { stop: ProbeStop; weights: Weights },
  hardest: { readonly validation: readonly HardSample[]; readonly test: readonly HardSample[] },
): Promise<void> {
  const { engine, objective } = data;
  const { backbone, head } = network;
  const headed = withHead(backbone, head, objective.outputs, stop.head);
  const logits = {
    ...headed,
    graph: { ...headed.graph, outputs: headed.graph.outputs.filter((o) => o.name === "logits") },
  };
  const own = new Map([...weights].filter(([name]) => headed.graph.initializers.has(name)));
  for (const set of ["validation", "test"] as const) {
    const samples = data[set];
    const chosen = hardest[set].slice(0, mostMaps).map(({ index }) => index);
    if (!samples || chosen.length === 0) {
      await store.remove(hardMapsKey(set));
      continue;
    }
    const some = await fitted(backbone, selected(samples, chosen), set);
    const places = sizeOf(samples.targets.shape);
    const maps = new Uint8Array(chosen.length * 2 * places);
    for (const [i, model] of [logits, withWeights(logits, own)].entries())
      await answersTo(engine, model, some, (sample, answers) => maps.set(answers, (2 * sample + i) * places));
    await store.write(hardMapsKey(set), maps);
  }
}

async function answersTo<Source>(
  engine: Job<Source>["data"]["engine"],
  model: Parameters<typeof withWeights>[0],
  samples: Samples,
  take: (sample: number, answers: Uint8Array) => void,
): Promise<void> {
  const places = sizeOf(samples.targets.shape);
  await withSession(engine, model, (session) =>
    runSamples(
      session,
      samples,
      { batch: 4 },
      {
        logits: (indices, rows) =>
          indices.forEach((sample, row) => {
            const size = rows.length / indices.length;
            take(sample, likeliestClasses(rows.subarray(row * size, (row + 1) * size), places));
          }),
      },
    ),
  );
}

/** The class of the highest logit at every place. @param logits [k, …], of one sample */
export function likeliestClasses(logits: ArrayLike<number>, places: number): Uint8Array {
  const classes = logits.length / places;
  return Uint8Array.from({ length: places }, (_, place) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[c * places + place]! > logits[best * places + place]!) best = c;
    return Math.min(best, 255);
  });
}
