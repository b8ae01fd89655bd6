import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { GraphBuilder, writeModel, type DataType, type Shape } from "@taskhead/autograd";
import { afterAll, describe, expect, it } from "vitest";
import { parseOptions } from "../options/options.js";
import { requireAgreement } from "./agreement.js";
import { UserError } from "./errors.js";
import { takenBy } from "./model-takes.js";
import { samplesKind, type SamplesKind } from "./samples-kind.js";

const root = mkdtempSync(join(tmpdir(), "taskhead-kind-"));
afterAll(() => rmSync(root, { recursive: true }));

function file(path: string, content: string | Uint8Array = ""): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return whole;
}

type Inputs = readonly (readonly [name: string, dtype: DataType, shape: Shape])[];

const image: Inputs = [["pixel_values", "float32", ["batch", 3, 32, 32]]];
const tokens: Inputs = [
  ["input_ids", "int64", ["batch", "sequence"]],
  ["attention_mask", "int64", ["batch", "sequence"]],
];
const graph: Inputs = [
  ["x", "int64", ["nodes", 9]],
  ["edge_index", "int64", [2, "edges"]],
  ["batch", "int64", ["nodes"]],
];

/** A model's file that takes these, with others beside it. */
function model(name: string, inputs: Inputs, beside: readonly string[] = []): string {
  const b = new GraphBuilder("network");
  const given = inputs.map(([input, dtype, shape]) => b.input(input, dtype, shape));
  b.setOutputs(Object.fromEntries(given.map((one, i) => [`out${i}`, b.op("Identity", [one])])));
  for (const one of beside) file(`${name}/${one}`, "{}");
  return file(`${name}/onnx/model.onnx`, writeModel(b.model()));
}

const tokenizer = ["tokenizer.json"];
const processor = ["preprocessor_config.json"];
const both = [...tokenizer, ...processor];

const data: Readonly<Record<string, string>> = {
  table: file("texts.csv", "text,label\na,b\n"),
  molecules: file("molecules.csv", "smiles,label\nCCO,1\n"),
  graphs: file("graphs.jsonl", '{"x": [[6]], "edge_index": [[0], [0]], "y": 1}\n'),
  words: file("words.conll", "John B-PER\n"),
  images: dirname(dirname(file("photos/cat/1.png"))),
  texts: dirname(dirname(file("letters/good/1.txt"))),
  masks: dirname(dirname((file("scene/images/1.png"), file("scene/masks/1.png")))),
  archive: file("samples.tar"),
  none: join(root, "none"),
};

/** Of each model what samples are, whatever lies beside it. */
const decided: readonly [name: string, inputs: Inputs, kinds: Readonly<Record<string, SamplesKind>>][] = [
  ["pictures", image, { table: "images", images: "images", texts: "images", archive: "images", none: "images" }],
  ["tokens", tokens, { table: "texts", molecules: "texts", images: "texts", words: "texts", none: "texts" }],
  ["graphs", graph, { table: "molecules", molecules: "molecules", graphs: "graphs", images: "molecules" }],
];

describe.each([
  ["nothing", []],
  ["a tokenizer", tokenizer],
  ["a processor", processor],
  ["a tokenizer and a processor", both],
])("with %s beside the model", (beside, files) => {
  it.each(decided)("its inputs say what samples are: %s", (name, inputs, kinds) => {
    const backbone = model(`${name} ${beside}`, inputs, files);
    for (const [held, kind] of Object.entries(kinds))
      expect(samplesKind({ train: data[held]!, backbone }), held).toBe(kind);
    expect(samplesKind({ train: data["masks"]!, backbone })).toBe("masked images");
  });
});

it("where inputs do not say it, files do", () => {
  const two = [...image, ...tokens];
  const [plain, reads, sees] = [model("two", two), model("two t", two, tokenizer), model("two b", two, both)];
  expect(takenBy(plain)).toBeUndefined();
  expect(takenBy(model("heard", [["input_values", "float32", ["batch", "samples"]]]))).toBeUndefined();
  const kinds = (held: string) => [plain, reads, sees].map((backbone) => samplesKind({ train: data[held]!, backbone }));
  expect(kinds("images")).toEqual(["images", "texts", "images"]);
  expect(kinds("table")).toEqual(["texts", "texts", "texts"]);
  expect(kinds("words")).toEqual(["texts", "texts", "texts"]);
});

const pictures = "takes pictures (pixel_values); give a model of";
const texts = "takes texts (input_ids, attention_mask); give a model of";
const graphs = "takes graphs (x, edge_index, batch); give a model of";

it.each([
  [image, "texts", "holds texts (.txt)", `${pictures} texts, or a folder of images`],
  [image, "words", "holds words with tags, by its name", `${pictures} texts, or a folder of images`],
  [image, "graphs", "holds graphs", `${pictures} graphs, or a folder of images`],
  [tokens, "images", "holds images", `${texts} images, or a table of texts`],
  [tokens, "masks", "holds images with masks", `${texts} images, or a table of texts`],
  [tokens, "graphs", "holds graphs", `${texts} graphs, or a table of texts`],
  [graph, "images", "holds images", `${graphs} images, or a table of molecules`],
  [graph, "texts", "holds texts (.txt)", `${graphs} texts, or a table of molecules`],
  [graph, "masks", "holds images with masks", `${graphs} images, or a table of molecules`],
  [graph, "words", "holds words with tags, by its name", `${graphs} texts, or a table of molecules`],
] as const)("a model of %j refuses %s, in a line that names both", (inputs, held, says, remedy) => {
  const backbone = model(`refuses ${held} ${inputs[0]![0]}`, inputs, both);
  const train = data[held]!;
  const refused = new UserError(`${train} ${says}, and the model ${backbone} ${remedy}`);
  expect(() => requireAgreement({ train, backbone })).toThrow(refused);
  expect(() => parseOptions(train, { backbone })).toThrow(refused);
});

it.each([
  [image, ["images", "masks", "table", "archive", "none"]],
  [tokens, ["texts", "table", "molecules", "words", "archive", "none"]],
  [graph, ["molecules", "graphs", "table", "none"]],
  [[...image, ...tokens], Object.keys(data)],
] as const)("a model of %j agrees with %j", (inputs, held) => {
  const backbone = model(`agrees ${inputs.length} ${inputs[0]![0]}`, inputs);
  for (const one of held) requireAgreement({ train: data[one]!, backbone });
});

it("a folder of images may have texts beside them, read or not, and a folder of texts images", () => {
  file("bitmaps/classes.txt");
  file("bitmaps/cat/1.bmp");
  requireAgreement({ train: join(root, "bitmaps"), backbone: model("bitmaps model", image) });
  file("mixed/README.txt");
  file("mixed/cat/1.jpg");
  const train = join(root, "mixed");
  for (const inputs of [image, tokens]) requireAgreement({ train, backbone: model(`mixed ${inputs.length}`, inputs) });
});

it("--smiles is for graph networks alone; another column of texts is named otherwise", () => {
  const train = data["molecules"]!;
  const [reads, sees] = [model("reads", tokens), model("sees", image)];
  expect(() => parseOptions(train, { backbone: reads, smiles: "smiles" })).toThrow(
    `--smiles is for graph networks, and the model ${reads} takes texts (input_ids, attention_mask); name the column with --text, or give another model`,
  );
  expect(() => parseOptions(train, { backbone: sees, smiles: "smiles" })).toThrow(
    `--smiles is for graph networks, and the model ${sees} takes pictures (pixel_values); give another model`,
  );
  expect(parseOptions(train, { backbone: model("joins", graph), smiles: "smiles" })).toMatchObject({
    smiles: "smiles",
  });
});
