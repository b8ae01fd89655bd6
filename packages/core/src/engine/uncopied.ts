import {
  evaluateDim,
  GraphBuilder,
  sizeOf,
  type Dim,
  type Graph,
  type Model,
  type ValueInfo,
} from "@taskhead/autograd";
import type { Engine } from "./engine.js";
import { RuntimeError } from "./errors.js";
import type { Feeds, Session } from "./session.js";
import { withSession } from "./with-session.js";

/**
 * `onnxruntime-node` up to 1.30 returns a copy of every output, of those too that it has written where it was told to: of a text
 * encoder's parameters and momentum that is a sixth of a step, and as much memory again. It makes the copies one by one once
 * the graph has run, and ends with an error at the first output that JavaScript has no form for. Such an output, an empty list, is
 * put before all others here, which must all have been given places then.
 */
const end = "copies.end";

/** A model whose first output ends the copying. */
export function endingCopies(model: Model): Model {
  const { graph } = model;
  const list = { name: end, opType: "SequenceEmpty", domain: "", inputs: [], outputs: [end], attributes: {} };
  return { ...model, graph: { ...graph, nodes: [list, ...graph.nodes], outputs: [{ name: end }, ...graph.outputs] } };
}

/**
 * What the runtime says when it comes to such an output, with all others in their places; undefined where it says nothing, and
 * may do without copies, and where it does not take such a model.
 */
export async function detectEnd(engine: Engine): Promise<string | undefined> {
  const b = new GraphBuilder();
  b.setOutputs({ y: b.neg(b.input("x", "float32", [1])) });
  const [x, y] = [1, 0].map((value) => engine.tensor("float32", Float32Array.of(value), [1]));
  try {
    await withSession(engine, endingCopies(b.model()), (session) => session.run({ x: x! }, { y: y! }));
    return undefined;
  } catch (error) {
    return y!.data[0] === -1 ? causeOf(error) : undefined;
  }
}

/**
 * A session that copies no outputs where all of them can be given places: the shapes of those that are not in `fetches` must
 * follow from the feeds'.
 * @param ending of what `endingCopies` made of the graph's model; `plain` is the same without the output that it added
 * @param said what `detectEnd` found
 */
export function uncopied(
  engine: Pick<Engine, "tensor">,
  { ending, plain }: { ending: Session; plain: Session },
  { inputs, outputs: computed }: Pick<Graph, "inputs" | "outputs">,
  said: string,
): Session {
  return {
    ...plain,
    async run(feeds, fetches = {}, meanwhile) {
      const others = computed.filter(({ name }) => !(name in fetches));
      const places = placesOf(engine, others, sizesOf(inputs, feeds));
      if (!places) return plain.run(feeds, fetches, meanwhile);
      const outputs = { ...fetches, ...places };
      try {
        return await ending.run(feeds, outputs, meanwhile);
      } catch (error) {
        if (causeOf(error) !== said) throw error;
        return outputs;
      }
    },
  };
}

/** The sizes that feeds give to the names in the shapes of a graph's inputs. */
function sizesOf(inputs: readonly ValueInfo[], feeds: Feeds): ReadonlyMap<string, number> {
  const sizes = inputs.flatMap(({ name, type }) =>
    (type?.shape ?? []).flatMap((dim, axis) => {
      const size = feeds[name]?.dims[axis];
      return typeof dim === "string" && size !== undefined ? [[dim, size] as const] : [];
    }),
  );
  return new Map(sizes);
}

/** Empty tensors for outputs; undefined where a shape is not known before the run. */
function placesOf(
  engine: Pick<Engine, "tensor">,
  outputs: readonly ValueInfo[],
  sizes: ReadonlyMap<string, number>,
): Feeds | undefined {
  const places: Feeds = {};
  for (const { name, type } of outputs) {
    if (type?.dtype !== "float32") return undefined;
    const shape = shapeOf(type.shape, sizes);
    if (!shape) return undefined;
    places[name] = engine.tensor("float32", new Float32Array(sizeOf(shape)), shape);
  }
  return places;
}

function shapeOf(shape: readonly Dim[], sizes: ReadonlyMap<string, number>): number[] | undefined {
  try {
    return shape.map((dim) => evaluateDim(dim, (name) => sizes.get(name)));
  } catch {
    return undefined; // A size that the run alone tells.
  }
}

function causeOf(error: unknown): string | undefined {
  return error instanceof RuntimeError && error.cause instanceof Error ? error.cause.message : undefined;
}
