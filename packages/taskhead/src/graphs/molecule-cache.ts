import { numberTargets, type Store } from "@taskhead/core";
import { decodeSafetensors, encodeSafetensors, type SafetensorsEntry } from "@taskhead/core/internals";
import { sha256 } from "../files/sha256.js";
import type { Making, Molecule } from "./chemistry/molecule.js";
import { isRead, type ReadMolecule } from "./chemistry/read-each.js";
import { joined } from "./join.js";

/** What is beside the numbers. */
interface Beside {
  /** Of each molecule that could be read. */
  readonly canonical: readonly string[];
  readonly scaffolds?: readonly string[];
  /** Of all, by their places. */
  readonly refused: readonly (readonly [place: number, reason: string])[];
}

/** Changes with any molecule as it is written, and with what makes numbers of it. */
export function cacheKey(smiles: readonly string[], making: Making, release: string): string {
  return `${sha256(JSON.stringify(["molecules 1", making, release, smiles]))}.safetensors`;
}

/** Keeps molecules, their SHA-256 behind them. */
export async function keep(store: Store, key: string, read: readonly ReadMolecule[]): Promise<void> {
  const molecules = read.filter(isRead);
  const graphs = joined(
    molecules.map(({ graph }) => graph),
    numberTargets([], 0),
  );
  const tensors = new Map<string, SafetensorsEntry>();
  const add = (name: string, values: ArrayLike<number>): void =>
    void tensors.set(name, { dtype: "I32", shape: [values.length], data: Int32Array.from(values) });
  add("nodes", graphs.nodes);
  add("nodeStarts", graphs.nodeStarts);
  add("sources", graphs.sources);
  add("destinations", graphs.destinations);
  add("edgeStarts", graphs.edgeStarts);
  add("edges", graphs.edges ?? []);
  add("widths", [graphs.nodeWidth, graphs.edgeWidth]);
  const scaffolds = molecules.map(({ scaffold }) => scaffold);
  const beside = {
    canonical: molecules.map(({ canonical }) => canonical),
    ...(scaffolds.every((one) => one !== undefined) ? { scaffolds } : {}),
    refused: read.flatMap((one, place) => (isRead(one) ? [] : [[place, one.reason] as const])),
  } satisfies Beside;
  const bytes = encodeSafetensors(tensors, { beside: JSON.stringify(beside) });
  await store.write(key, Buffer.concat([bytes, Buffer.from(sha256(bytes), "hex")]));
}

const checksumBytes = 32;

/** Molecules that an earlier run kept; undefined where there are none, or the file is not as it was written. */
export async function kept(store: Store, key: string): Promise<ReadMolecule[] | undefined> {
  const whole = await store.read(key);
  if (!whole || whole.length < checksumBytes) return undefined;
  const bytes = whole.subarray(0, -checksumBytes);
  if (sha256(bytes) !== Buffer.from(whole.subarray(-checksumBytes)).toString("hex")) return undefined;
  const { tensors, metadata } = decodeSafetensors(bytes, key);
  const numbers = (name: string): Int32Array => tensors.get(name)!.data as Int32Array;
  const [nodes, nodeStarts, sources, destinations] = [
    numbers("nodes"),
    numbers("nodeStarts"),
    numbers("sources"),
    numbers("destinations"),
  ];
  const [edges, edgeStarts] = [numbers("edges"), numbers("edgeStarts")];
  const [nodeWidth, edgeWidth] = numbers("widths") as unknown as [number, number];
  const { canonical, scaffolds, refused } = JSON.parse(metadata["beside"]!) as Beside;
  const molecules = canonical.map((own, i): Molecule => {
    const [from, to] = [edgeStarts[i]!, edgeStarts[i + 1]!];
    return {
      graph: {
        nodes: nodes.subarray(nodeStarts[i]! * nodeWidth, nodeStarts[i + 1]! * nodeWidth),
        nodeWidth,
        sources: sources.subarray(from, to),
        destinations: destinations.subarray(from, to),
        edges: edges.subarray(from * edgeWidth, to * edgeWidth),
        edgeWidth,
      },
      canonical: own,
      ...(scaffolds ? { scaffold: scaffolds[i]! } : {}),
    };
  });
  const reasons = new Map(refused);
  let next = 0;
  return Array.from({ length: molecules.length + refused.length }, (_, place) => {
    const reason = reasons.get(place);
    return reason === undefined ? molecules[next++]! : { reason };
  });
}
