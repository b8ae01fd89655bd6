import { ModelError, type GraphBuilder } from "@taskhead/autograd";
import { cutPoints } from "../backbone/blocks.js";
import { classesInput } from "../backbone/find-features.js";
import type { FeatureMap } from "../data/positions.js";

/** A map of features in a graph, [batch, channels, height, width]. */
export interface FoundMap {
  readonly value: string;
  readonly map: FeatureMap;
  /** How it was found: the beginning of a sentence. */
  readonly found: string;
}

/**
 * The dense features of a network: the last value that is still a map, or tokens with places, and through which every path
 * from the picture to what the classes are made of runs. Of a classifier that is what its global pooling reads (squeeze and
 * excitation pool too, but beside the way); where the classes' convolution comes before the pooling, what that one reads; of
 * a transformer its patch tokens before the class token is picked; of a network that gives a map of classes, the last map of
 * its decoder.
 * @param asked the value to take instead
 * @throws {ModelError} where there is none, or `asked` is none
 */
export function findMap(b: GraphBuilder, asked?: string): FoundMap {
  if (asked !== undefined) {
    const own = asMap(b, asked);
    if (own) return { ...own, found: `Features are ${own.told}, as asked` };
    throw new ModelError(
      `'${asked}' is [${b.shape(asked).join(", ")}], no map of places: features must be [batch, channels, height, width], or patch tokens [batch, tokens, channels]; choose another value by option features`,
    );
  }
  const { inputs, outputs } = b.graph;
  const last = classesInput(b.graph) ?? outputs[0]?.name;
  if (last === undefined) throw new ModelError("the model has no output; name its map by option features");
  const network = {
    model: { irVersion: 10, opsets: new Map(), graph: b.graph, producer: "", metadata: new Map() },
    inputs: inputs.map(({ name, type }) => ({ name, ...type! })),
    featureName: last,
  };
  const pictures = new Set(inputs.map(({ name }) => name));
  for (const value of cutPoints(b, network).toReversed()) {
    const own = pictures.has(value) ? undefined : asMap(b, value);
    if (own)
      return {
        ...own,
        found: `Features are ${own.told}${value === last ? "" : ", the last map that all of the network runs through"}`,
      };
  }
  throw new ModelError(
    "no map of places was found in the model: none of its values that are [batch, channels, height, width] is one that everything runs through; name one by option features",
  );
}

/** A value as a map, patch tokens brought into its form; undefined where it has no places. */
function asMap(b: GraphBuilder, value: string): { value: string; map: FeatureMap; told: string } | undefined {
  const [, ...shape] = b.shape(value);
  if (!shape.every((d) => typeof d === "number")) return undefined;
  const [first, height, width] = shape as number[];
  if (shape.length === 3)
    return height! * width! > 1
      ? { value, map: { channels: first!, height: height!, width: width! }, told: `'${value}'` }
      : undefined;
  return shape.length === 2 ? ofTokens(b, value, first!, height!) : undefined;
}

/** Tokens that may come before those of the patches: none, a class token, one for distillation, registers. */
const extras = [1, 0, 2, 5];

function ofTokens(b: GraphBuilder, value: string, tokens: number, channels: number) {
  const picture = b.graph.inputs[0]?.type?.shape.slice(2);
  const [tall, across] = picture ?? [];
  if (typeof tall !== "number" || typeof across !== "number") return undefined;
  for (const extra of extras) {
    const stride = Math.round(Math.sqrt((tall * across) / (tokens - extra)));
    const [height, width] = [Math.floor(tall / stride), Math.floor(across / stride)];
    if (stride < 2 || height * width !== tokens - extra || height * width < 2) continue;
    const patches = extra === 0 ? value : b.slice(value, 1, extra, tokens);
    const map = b.op("Reshape", [b.transpose(patches, [0, 2, 1]), b.ints([-1, channels, height, width])]);
    const but = extra === 0 ? "" : ` but for the first ${extra === 1 ? "one" : extra}`;
    return { value: map, map: { channels, height, width }, told: `the tokens '${value}'${but}` };
  }
  return undefined;
}
