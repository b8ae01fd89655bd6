import { DataError } from "../given/errors.js";
import { float32, inputsOf, intAttribute, type Model, type Node } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import { batchesOf, upTo, withFeeds, type Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import { RowTable } from "../engine/row-table.js";

/** A network that reads of its tables only the rows that its training samples take. */
export interface TakenRows {
  readonly model: Model;
  /** By the parameter's name. */
  readonly tables: ReadonlyMap<string, RowTable>;
  /** Samples with an input more for each table: which of the rows left. */
  samples(samples: Samples): Samples;
}

/** Fewer numbers are not worth an input of their own. */
const worthLeaving = 2 ** 18;

/**
 * Leaves out of trained tables the rows that no training sample takes: their gradient is zero, so that training does
 * nothing to them but what weight decay does to all (`RowTable`). A step updates, and hands on, a few thousand rows
 * where a vocabulary has thirty thousand or more.
 *
 * A table is a parameter [n, width] that nothing but Gather nodes reads, along its first axis and by an input's numbers.
 * @param training all that steps may be fed; samples that change from epoch to epoch have no rows that are known
 * @param mayLeave says of a parameter whether nothing but weight decay moves what has no gradient
 */
export async function takenRows(
  model: Model,
  trainable: readonly string[],
  training: Samples,
  { engine, mayLeave }: { engine: Engine; mayLeave: (parameter: string) => boolean },
): Promise<TakenRows | undefined> {
  const found = training.inEpoch ? [] : lookups(model, trainable.filter(mayLeave));
  const numbers = await numbersOf(training, new Set(found.map(({ input }) => input)));
  const taken = found.flatMap((lookup) => {
    const [count, width] = lookup.shape;
    const rows = rowsOf(numbers.get(lookup.input)!, count);
    if (!rows || (count - rows.length - 1) * width < worthLeaving) return [];
    const { data } = model.graph.initializers.get(lookup.name)!;
    return [{ ...lookup, table: new RowTable(data as Float32Array, width, rows) }];
  });
  if (taken.length === 0) return undefined;
  return {
    model: withFewerRows(model, taken),
    tables: new Map(taken.map(({ name, table }) => [name, table])),
    samples: (samples) => withRowInputs(engine, samples, taken),
  };
}

/** A table and the input whose numbers say which of its rows are taken. */
interface Lookup {
  /** The table's. */
  readonly name: string;
  readonly shape: readonly [number, number];
  readonly input: string;
  readonly nodes: ReadonlySet<Node>;
}

interface Taken extends Lookup {
  readonly table: RowTable;
}

function lookups({ graph }: Model, tables: readonly string[]): Lookup[] {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  return tables.flatMap((name) => {
    const { shape } = graph.initializers.get(name)!;
    const nodes = graph.nodes.filter((node) => inputsOf(node).includes(name));
    const [input, ...others] = new Set(nodes.map((node) => node.inputs[1]!));
    const looksUp = nodes.every(
      (node) => node.opType === "Gather" && node.inputs[0] === name && intAttribute(node, "axis", 0) === 0,
    );
    const known = input !== undefined && others.length === 0 && inputs.has(input);
    if (!looksUp || !known || shape.length !== 2) return [];
    return [{ name, shape: [shape[0]!, shape[1]!] as const, input, nodes: new Set(nodes) }];
  });
}

/** The numbers that each of these inputs has in any sample. */
async function numbersOf(samples: Samples, inputs: ReadonlySet<string>): Promise<Map<string, Set<number>>> {
  const numbers = new Map([...inputs].map((name) => [name, new Set<number>()]));
  if (inputs.size === 0) return numbers;
  const batches = batchesOf(samples, upTo(samples.count), 64);
  // Of samples that differ in length two are side by side somewhere: what the shorter is padded with is seen.
  const beside = batches.slice(1).map((batch, i) => [batches[i]!.at(-1)!, batch[0]!]);
  for (const indices of [...batches, ...beside]) {
    const feeds = await samples.feeds(indices);
    for (const [name, own] of numbers) for (const number of integers(feeds[name]!)) own.add(Number(number));
  }
  return numbers;
}

/** Numbers as rows of a table, ascending; undefined where one lies outside, which the runtime is to tell. */
function rowsOf(numbers: ReadonlySet<number>, count: number): Int32Array | undefined {
  const rows = new Set(Array.from(numbers, (number) => (number < 0 ? number + count : number)));
  const inside = [...rows].every((row) => row >= 0 && row < count);
  return inside ? Int32Array.from(rows).sort() : undefined;
}

const inputOf = (table: string): string => `${table}/rows`;

function withFewerRows(model: Model, taken: readonly Taken[]): Model {
  const { graph } = model;
  const nodes = graph.nodes.map((node) => {
    const own = taken.find(({ nodes }) => nodes.has(node));
    return own ? { ...node, inputs: [own.name, inputOf(own.name)] } : node;
  });
  const inputs = taken.map(({ name, input }) => {
    const { type } = graph.inputs.find((given) => given.name === input)!;
    return { name: inputOf(name), type: type && { ...type, dtype: "int32" as const } };
  });
  const initializers = new Map(graph.initializers);
  for (const { name, table, shape } of taken)
    initializers.set(name, float32(table.initial(), [table.rows.length + 1, shape[1]]));
  return { ...model, graph: { ...graph, nodes, inputs: [...graph.inputs, ...inputs], initializers } };
}

function withRowInputs(engine: Engine, samples: Samples, taken: readonly Taken[]): Samples {
  const places = taken.map(({ table, shape: [count] }) => {
    const place = new Map([...table.rows].map((row, i) => [row, i]));
    // Those from the end on count from the front.
    return (number: number): number => {
      const found = place.get(number < 0 ? number + count : number);
      // Another row would be trained in its place.
      if (found === undefined)
        throw new DataError(
          `a batch of training samples holds ${number}, which no sample had before; make feeds give the same for the same samples`,
        );
      return found;
    };
  });
  return withFeeds(samples, (feeds) => {
    const rows = taken.map(({ name, input }, i): [string, Tensor] => {
      const given = feeds[input]!;
      const data = Int32Array.from(integers(given), (number) => places[i]!(Number(number)));
      return [inputOf(name), engine.tensor("int32", data, given.dims)];
    });
    return { ...feeds, ...Object.fromEntries(rows) };
  });
}

const integers = (tensor: Tensor): Iterable<number | bigint> => tensor.data as BigInt64Array | Int32Array;
