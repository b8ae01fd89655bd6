import { PCA } from "ml-pca";

/** Features in two dimensions, before and after fine-tuning, in the same coordinates. */
export interface Projection {
  /** Which samples are shown. */
  samples: number[];
  /** [x, y] of each, in feature units from the mean of all. */
  before: [number, number][];
  after: [number, number][];
  /** The part of the variance that each axis shows, 0..1. */
  explained: [number, number];
}

/** The same samples' features at several times, in the same two coordinates. */
export interface Places {
  /** Which samples are shown. */
  samples: number[];
  /** [x, y] of each, for every state, in feature units from the mean of all. */
  places: [number, number][][];
  /** The part of the variance that each axis shows, 0..1. */
  explained: [number, number];
}

/**
 * The first two principal components of z_0 and z_T together: one projection fitted on both, so that what moved can be
 * seen. At most `samples` samples are taken, evenly spaced: a plot has no room for more.
 * @param before z_0, [N, width] row-major
 * @param after z_T, of the same samples in the same order
 */
export function projectFeatures(
  before: Float32Array,
  after: Float32Array,
  width: number,
  options: { samples?: number } = {},
): Projection {
  const { samples, places, explained } = projectTogether([before, after], width, options);
  return { samples, before: places[0]!, after: places[1]!, explained };
}

/** The same for any number of states, each [N, width]. */
export function projectTogether(
  states: readonly Float32Array[],
  width: number,
  { samples = 250 }: { samples?: number } = {},
): Places {
  const total = states[0]!.length / width;
  const count = Math.min(samples, total);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
  const rows = states.flatMap((z) => chosen.map((n) => Array.from(z.subarray(n * width, (n + 1) * width))));
  const pca = new PCA(rows);
  const places = pca
    .predict(rows)
    .to2DArray()
    .map(([x = 0, y = 0]): [number, number] => [x, y]);
  const [first = 0, second = 0] = pca.getExplainedVariance();
  return {
    samples: chosen,
    places: states.map((_, s) => places.slice(s * count, (s + 1) * count)),
    explained: [first || 0, second || 0],
  };
}
