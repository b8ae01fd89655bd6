import { int64, type Attribute, type Node, type Tensor } from "@taskhead/autograd";

/** The name of a value of the resizing: no other has this prefix. */
export function resizing(stem: string): string {
  return `resize/${stem}`;
}

/**
 * Nodes of the resizing, and their constants. They stand by themselves, not in a builder: the size that the shortest edge
 * leads to is known only when they run, and the builder wants every shape beforehand.
 */
export class Fragment {
  readonly nodes: Node[] = [];
  readonly initializers = new Map<string, Tensor>();

  /** @param result the name of the node's one output @returns it */
  node(opType: string, inputs: string[], result: string, attributes: Record<string, Attribute> = {}): string {
    const name = `${resizing(opType)}:${result}`;
    this.nodes.push({ name, opType, domain: "", inputs, outputs: [result], attributes });
    return result;
  }

  /** @returns the constant's name */
  constant(stem: string, tensor: Tensor): string {
    this.initializers.set(resizing(stem), tensor);
    return resizing(stem);
  }

  ints(stem: string, values: number[]): string {
    return this.constant(stem, int64(values));
  }

  /** All of another one. */
  add({ nodes, initializers }: Fragment): void {
    this.nodes.push(...nodes);
    for (const [name, tensor] of initializers) this.initializers.set(name, tensor);
  }
}
