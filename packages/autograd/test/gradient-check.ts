import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { buildOn } from "../src/lower/build-on.js";
import { appendGradients } from "../src/append-gradients.js";
import type { Attribute, Model, Node } from "../src/graph/model.js";
import type { GraphOptions } from "../src/options.js";
import { float32, sizeOf, tensorOf, type DataType } from "../src/graph/tensor.js";
import { writeModel } from "../src/io/write.js";

/** One input of the operator under test: varied and differentiated, or constant. */
export interface Operand {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** Present for a constant. */
  readonly constant?: DataType;
}

/** One operator with its inputs and attributes; `undefined` is an optional input left out. */
export interface Case {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly (Operand | undefined)[];
  /** Operands that only a subgraph reads, named on from the inputs. */
  readonly captured?: readonly Operand[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** The number of outputs; each enters the loss unless `silent`. */
  readonly outputs?: number;
  /** The operator among others, where it takes or makes what no model can (a sequence): all the nodes, from x to y. */
  readonly nodes?: readonly Node[];
  readonly silent?: readonly number[];
  readonly opset?: number;
}

/** The case as a model: inputs `x0`, `x1`, …, outputs `y0`, …. */
export function modelOf(c: Case): Model {
  const operands = [...c.inputs, ...(c.captured ?? [])];
  const named = operands.flatMap((operand, i) => (operand ? [{ name: `x${i}`, operand }] : []));
  const outputs = Array.from({ length: c.outputs ?? 1 }, (_, i) => `y${i}`);
  const domain = c.domain ?? "";
  const node: Node = {
    name: "under/test",
    opType: c.op,
    domain,
    inputs: c.inputs.map((x, i) => (x ? `x${i}` : "")),
    outputs,
    attributes: c.attributes ?? {},
  };
  return {
    irVersion: 10,
    opsets: new Map([["", c.opset ?? 21], ...(domain ? [[domain, 1] as [string, number]] : [])]),
    producer: "test",
    metadata: new Map(),
    graph: {
      name: "case",
      inputs: named
        .filter(({ operand }) => !operand.constant)
        .map(({ name, operand }) => ({ name, type: { dtype: "float32" as const, shape: operand.shape } })),
      outputs: outputs.filter((_, i) => !c.silent?.includes(i)).map((name) => ({ name })),
      nodes: [...(c.nodes ?? [node])],
      initializers: new Map(
        named
          .filter(({ operand }) => operand.constant)
          .map(({ name, operand }) => [name, tensorOf(operand.constant!, operand.shape, operand.values)]),
      ),
    },
  };
}

export type Arrays = Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>;

/** Runs a model once on float32 inputs. */
export async function run(model: Model, feeds: Arrays): Promise<Record<string, Float32Array>> {
  return (await open(model))(feeds);
}

async function open(model: Model) {
  const session = await InferenceSession.create(writeModel(model), { logSeverityLevel: 4, intraOpNumThreads: 1 });
  return async (feeds: Arrays): Promise<Record<string, Float32Array>> => {
    const given = session.inputNames.map((name) => [
      name,
      new OrtTensor("float32", feeds[name]!.data, feeds[name]!.shape),
    ]);
    const results = await session.run(Object.fromEntries(given) as Record<string, OrtTensor>);
    return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, t.data as Float32Array]));
  };
}

/** The operands that are varied, under their names. */
export function feedsOf(c: Case): Arrays {
  const operands = [...c.inputs, ...(c.captured ?? [])];
  return Object.fromEntries(
    operands.flatMap((o, i) =>
      o && !o.constant ? [[`x${i}`, { data: Float32Array.from(o.values), shape: o.shape }]] : [],
    ),
  );
}

/** The gradients of Σ w·y over all outputs, by differentiation, as a model with outputs `y0…`, `g.x0…`. */
export function gradientModel(
  c: Case,
  weights: (output: number, index: number) => number,
  options: GraphOptions = {},
): Model {
  const b = buildOn(modelOf(c), options);
  const terms = Array.from({ length: c.outputs ?? 1 }, (_, o) => o)
    .filter((o) => !c.silent?.includes(o))
    .map((o) => {
      const shape = b.shape(`y${o}`) as number[];
      const w = b.constant(
        float32(
          Array.from({ length: sizeOf(shape) }, (_, i) => weights(o, i)),
          shape,
        ),
      );
      return b.op("ReduceSum", [b.mul(b.cast(`y${o}`, "float32"), w)], { keepdims: 0 });
    });
  const wrt = Object.keys(feedsOf(c));
  const gradients = appendGradients(b, terms.reduce(b.add), wrt, options);
  const outputs: Record<string, string> = Object.fromEntries(
    terms.map((_, i) => i).map((i) => [`loss${i}`, terms[i]!]),
  );
  for (let o = 0; o < (c.outputs ?? 1); o++) if (!c.silent?.includes(o)) outputs[`y${o}`] = `y${o}`;
  for (const [w, gradient] of gradients) outputs[`g.${w}`] = gradient;
  b.setOutputs(outputs);
  return b.model();
}

/**
 * Compares ∂(Σ w·y)/∂x along one direction per input with central finite differences (Richardson-extrapolated), and the
 * outputs with those of the operator as the runtime itself computes it.
 */
export async function checkGradients(c: Case, options: GraphOptions = {}, tolerance = 5e-3): Promise<void> {
  const weights = (output: number, index: number) => wave(index + 31 * output);
  const forward = await open(gradientModel(c, weights, options));
  const feeds = feedsOf(c);
  const base = await forward(feeds);
  const outputs = Object.keys(base).filter((name) => name.startsWith("y"));
  const reference = await run(modelOf(c), feeds);
  for (const name of outputs) close(`output ${name}`, base[name]!, reference[name]!, 1e-4);

  const loss = (results: Record<string, Float32Array>) =>
    outputs.reduce(
      (sum, name) => results[name]!.reduce((s, y, i) => s + y * weights(Number(name.slice(1)), i), sum),
      0,
    );
  for (const [name, { data, shape }] of Object.entries(feeds)) {
    const gradient = base[`g.${name}`]!;
    if (gradient.length !== data.length)
      throw new Error(`the gradient of ${name} has ${gradient.length} elements, not ${data.length}`);
    const size = norm(gradient);
    // A direction that the gradient is not orthogonal to, with a part of its own.
    const own = data.map((_, i) => wave(7 * i + 3));
    const direction = own.map((v, i) => v / (norm(own) || 1) + (size > 0 ? gradient[i]! / size : 0));
    const along = async (h: number) => {
      const at = async (s: number) =>
        loss(await forward({ ...feeds, [name]: { data: data.map((x, i) => x + s * h * direction[i]!), shape } }));
      return ((await at(1)) - (await at(-1))) / (2 * h);
    };
    const numeric = (4 * (await along(0.01)) - (await along(0.02))) / 3;
    const analytic = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
    const error = Math.abs(numeric - analytic) / Math.max(Math.abs(numeric), Math.abs(analytic), 0.05);
    if (!(error <= tolerance))
      throw new Error(
        `${c.op}: the derivative along a direction in ${name} is ${numeric}, the gradient says ${analytic}`,
      );
  }
}

/** A fixed sequence of numbers in [−1, 1] with no period to speak of. */
function wave(i: number): number {
  return Math.sin(12.9898 * (i + 1) + (i % 7));
}

function norm(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values).reduce((s, v) => s + v * v, 0));
}

function close(what: string, actual: Float32Array, expected: Float32Array, tolerance: number): void {
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(0, ...actual.map((v, i) => Math.abs(v - expected[i]!)));
  if (actual.length !== expected.length || !(worst <= tolerance * scale))
    throw new Error(`${what} is off by ${worst} from the runtime's own`);
}
