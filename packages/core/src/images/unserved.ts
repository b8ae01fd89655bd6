import { numbersOf, type Model, type Node } from "@taskhead/autograd";
import type { Interpolation, Preprocessing } from "./preprocessing.js";
import { servedInput } from "./served.js";

/** How the images that a network takes were made from pictures. */
export type Geometry = Pick<Preprocessing, "size" | "resize" | "crop" | "interpolation">;

/** A model as it was before `servedModel`, and how that resized. */
export interface Unserved {
  /** Takes images of one size, as training feeds them; normalising is its own. */
  readonly model: Model;
  readonly geometry: Geometry;
}

/**
 * Takes the resizing of an earlier export off again, so that training on can resize once, outside.
 * @returns undefined for any other model
 */
export function unserved(model: Model): Unserved | undefined {
  const { graph } = model;
  const front = graph.nodes.filter(isFront);
  const input = graph.inputs.find((v) => v.name === servedInput);
  const geometry = input && geometryOf(front);
  const rest = graph.nodes.filter((node) => !isFront(node));
  const read = new Set(rest.flatMap((node) => node.inputs));
  const inner = front.flatMap((node) => node.outputs).filter((name) => read.has(name));
  if (!geometry || inner.length !== 1) return undefined;
  const { height, width } = geometry.crop ?? geometry.size;
  const dtype = front.some((node) => node.name === "resize/to-floats") ? "float32" : "uint8";
  const taken = { name: inner[0]!, type: { dtype, shape: ["batch", 3, height, width] } } as const;
  return {
    geometry,
    model: {
      ...model,
      graph: {
        ...graph,
        inputs: graph.inputs.map((v) => (v === input ? taken : v)),
        nodes: rest,
        initializers: new Map([...graph.initializers].filter(([name]) => !name.startsWith(prefix))),
      },
    },
  };
}

const prefix = "resize/";

function isFront({ name }: Node): boolean {
  return name.startsWith(prefix);
}

const modes: Record<string, Interpolation> = { nearest: "nearest", linear: "bilinear", cubic: "bicubic" };

/** What the graph that resizes each picture holds. */
function geometryOf(front: readonly Node[]): Geometry | undefined {
  const body = front.find((node) => node.opType === "Scan")?.attributes["body"];
  if (typeof body !== "object" || !("nodes" in body)) return undefined;
  const sides = (name: string): Preprocessing["size"] | undefined => {
    const [height, width] = body.initializers.has(name) ? numbersOf(body.initializers.get(name)!) : [];
    return height && width ? { height, width } : undefined;
  };
  const size = sides("resize/size");
  const crop = sides("resize/crop");
  const mode = body.nodes.find((node) => node.opType === "Resize")?.attributes["mode"];
  const interpolation = typeof mode === "string" ? modes[mode] : undefined;
  if (!size || !interpolation) return undefined;
  const resize = body.nodes.some((node) => node.outputs.includes("resize/shorter")) ? "shortest-edge" : "stretch";
  return { size, resize, interpolation, ...(crop ? { crop } : {}) };
}
