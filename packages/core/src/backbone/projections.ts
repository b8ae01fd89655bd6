import { inputsOf, nodesFor, type Node } from "@taskhead/autograd";

/**
 * What lies between the trunk of an encoder and its decoder, and serves the decoder alone: lateral convolutions of a feature
 * pyramid, a SegFormer's projections of its stages. The trunk leads to the deepest of the maps that are read, the one that
 * most nodes lead to. Off it lies what other maps need and that one does not. Where all branches off it are of the same
 * operators in the same order, the deepest map's last operators, if they are these, are its own branch.
 * @param nodes in topological order
 * @param read what the decoder reads
 * @param inputs of the graph: a branch that begins there is an encoder of its own, and stays one
 * @param tells whether a node is compared: sizes and the like are not, nor what resizes, as the decoder begins with it
 */
export function projections(
  nodes: readonly Node[],
  read: readonly string[],
  inputs: ReadonlySet<string>,
  tells: (node: Node) => boolean,
): Set<Node> {
  const leading = read.map((value) => nodesFor(nodes, [value]));
  const trunk = leading.reduce((most, own) => (own.length > most.length ? own : most), []);
  const onTrunk = new Set(trunk);
  const branches = leading
    .map((own) => own.filter((node) => !onTrunk.has(node)))
    .filter((own) => own.length > 0 && !own.some((node) => inputsOf(node).some((value) => inputs.has(value))));
  const kinds = branches.map((own) => own.filter(tells).map(({ opType }) => opType));
  const [first, ...others] = kinds.map((own) => own.join());
  const last = trunk.filter(tells).slice(-(kinds[0]?.length ?? 0));
  const alike = others.every((own) => own === first) && last.map(({ opType }) => opType).join() === first;
  return new Set([...branches.flat(), ...(alike ? last : [])]);
}
