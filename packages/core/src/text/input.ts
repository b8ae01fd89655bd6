import { int64, ModelError, protoOf, renameGraph, type Graph, type Model, type Node } from "@taskhead/autograd";
import type { PreparedInput } from "../backbone/modality.js";
import { inputNames } from "./texts.js";

/** What an input is for, by the names that exports give it. */
const roles = [
  ["mask", /mask$/i],
  ["types", /(token_type|segment|input_type|type)_?ids?(?!.*mask)|^segments?$/i],
  ["positions", /position(_?ids?)?$/i],
  ["ids", /^(.*[._/])?(input_?ids|token_?ids|input_word_ids|ids|tokens|input|x)(:\d+)?$/i],
] as const;

type Role = (typeof roles)[number][0];
type Input = Graph["inputs"][number];

/** Shape of every input. */
const shape = ["batch", "sequence"] as const;

/** What positions are called that the graph counts itself. */
const counting = "positions/";

/**
 * Makes a model take texts as `input_ids` and, of what it has, `attention_mask` and `token_type_ids`: int64
 * [batch, sequence], as transformers and transformers.js feed them, of any size. Inputs of other names are renamed, those of
 * another type get theirs by a cast, and positions are counted inside the graph.
 * @param firstPosition the position of a text's first token, where the model wants positions
 * @throws {ModelError} if the model takes something else, or texts of one length alone
 */
export function textInput(given: Model, firstPosition = 0): PreparedInput {
  const found = rolesOf(given.graph.inputs);
  const { model, now } = named(given, found);
  const inputs: Input[] = [];
  const nodes: Node[] = [];
  for (const [role, { name, type }] of found) {
    if (role === "positions") continue;
    const fed = inputNames[role];
    inputs.push({ name: fed, type: { dtype: "int64", shape } });
    if (type!.dtype !== "int64") nodes.push(node("Cast", [fed], now(name), { to: protoOf(type!.dtype) }));
  }
  const positions = found.get("positions");
  const counted =
    positions && countPositions(now(positions.name), positions.type!.dtype, found.has("mask"), firstPosition);
  const graph: Graph = {
    ...model.graph,
    inputs,
    // Declared shapes may be those of the old sizes.
    outputs: model.graph.outputs.map(({ name }) => ({ name })),
    nodes: [...nodes, ...(counted?.nodes ?? []), ...model.graph.nodes],
    initializers: new Map([...model.graph.initializers, ...(counted?.initializers ?? [])]),
  };
  const warnings = found.has("mask") ? [] : [withoutMask];
  return { model: { ...model, graph }, constants: new Set(counted?.initializers.keys()), warnings };
}

const withoutMask =
  "the model takes no attention_mask: it reads what fills shorter texts up as if it were text, so that an answer depends on the texts beside it; export it with its attention_mask";

/** @throws {ModelError} on an input that is none of text's, and without ids */
function rolesOf(inputs: readonly Input[]): Map<Role, Input> {
  // Some have had to make room for ours.
  const own = (name: string): string => name.replace(/^(own\.)+/, "");
  const names = inputs.map(({ name }) => own(name)).join(", ");
  const refuse = (why: string): never => {
    throw new ModelError(`the model takes ${names}: ${why}`);
  };
  const cached = inputs.find(({ name }) => /past_key|use_cache|cache_position/.test(name));
  if (cached)
    refuse(`'${cached.name}' is a cache of texts that are written; export it for feature-extraction, without a cache`);
  const decoder = inputs.find(({ name }) => /^decoder_|encoder_hidden_states/.test(name));
  if (decoder) refuse(`'${decoder.name}' is of a decoder; give its encoder alone, encoder_model.onnx`);
  const found = new Map<Role, Input>();
  for (const input of inputs) {
    const { name, type } = input;
    const role = roles.find(([, pattern]) => pattern.test(name))?.[0];
    if (!type) throw new ModelError("the model does not declare the shape of its input; export it again with shapes");
    const whole = type.dtype === "int64" || type.dtype === "int32";
    const fits = role && !found.has(role) && (whole || (role === "mask" && /^(bool|float32)$/.test(type.dtype)));
    if (!fits || type.shape.length !== 2)
      refuse(
        `'${own(name)}' (${type.dtype} [${type.shape.join(", ")}]) is no ids, mask, types or positions of texts; give a model of texts, with an input_ids [batch, sequence]`,
      );
    const fixed = type.shape.find((size) => typeof size === "number");
    if (fixed !== undefined)
      refuse(
        `'${own(name)}' is [${type.shape.join(", ")}], for texts of one length or number alone; export it again with dynamic axes for batch and sequence`,
      );
    found.set(role!, input);
  }
  if (!found.has("ids"))
    refuse("none of it is ids of tokens; give a model of texts, with an input_ids [batch, sequence]");
  return found;
}

/** The model with its inputs called as they are fed, where they have the right type; all else gives way. */
function named(model: Model, found: ReadonlyMap<Role, Input>): { model: Model; now: (name: string) => string } {
  const renamed = new Map<string, string>();
  for (const [role, { name, type }] of found)
    if (role !== "positions" && type!.dtype === "int64") renamed.set(name, inputNames[role]);
  const fed = new Set<string>(Object.values(inputNames));
  const now = (name: string): string => renamed.get(name) ?? (fed.has(name) ? `own.${name}` : name);
  return { model: { ...model, graph: renameGraph(model.graph, now) }, now };
}

function node(opType: string, inputs: string[], output: string, attributes: Node["attributes"] = {}): Node {
  return { name: `${counting}${output}`, opType, domain: "", inputs, outputs: [output], attributes };
}

/** Σ mask − 1, from the first position on; padding has the first, which nothing looks at. */
function countPositions(output: string, dtype: "int64" | string, masked: boolean, first: number) {
  const at = (name: string): string => `${counting}${name}`;
  const nodes = masked
    ? []
    : [
        // Without a mask every token counts.
        node("Equal", [inputNames.ids, inputNames.ids], at("all")),
        node("Cast", [at("all")], at("ones"), { to: protoOf("int64") }),
      ];
  nodes.push(
    node("CumSum", [masked ? inputNames.mask : at("ones"), at("axis")], at("count")),
    node("Add", [at("count"), at("shift")], at("shifted")),
    node("Max", [at("shifted"), at("first")], dtype === "int64" ? output : at("long")),
  );
  if (dtype !== "int64") nodes.push(node("Cast", [at("long")], output, { to: protoOf("int32") }));
  const initializers = new Map([
    [at("axis"), int64([1], [])],
    [at("shift"), int64([first - 1], [])],
    [at("first"), int64([first], [])],
  ]);
  return { nodes, initializers };
}
