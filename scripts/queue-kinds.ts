/** Small sweeps of every method, and of what is no class of an image: what workers are sent differs from one to another. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import { normals, random } from "@taskhead/core/internals";
import sharp from "sharp";
import { Header } from "tar/header";
import { inRepository } from "./paths.js";

/** A sweep by its name: the training samples, and the options that go with them. */
export type KindOfSweep = readonly [name: string, args: readonly string[]];

/** What may follow probing, and the heads that it begins with. */
const methods: readonly (readonly [name: string, args: string])[] = [
  ["several methods", "--taus 0,1 --method bitfit,gradual,l2-sp,lp-ft --sp-alpha 0.3 --layer-decay 0.7"],
  ["larger heads", "--taus 0,1 --head linear,mlp --head-width 12 --head-depth 2 --head-dropout 0.2 --smoothing 0,0.1"],
  ["taus by energy", "--taus 8 --energy 0.6,0.3"],
  ["taus by energy, by an L2 penalty", "--energy 0.4,0.2 --energy-by l2"],
  ["taus and rates that are found", "--taus auto --lr auto --augment flip"],
  ["frozen layers", "--taus 1 --freeze-until 1 --optimizer adamw --weight-decay 0.1"],
  ["blocks afresh", "--taus 0,1 --reinit-blocks 1"],
];

/**
 * Draws data and models into a folder.
 * @returns the sweeps, without those whose data and models ../shared has not
 */
export async function sweepsOfKinds(root: string): Promise<KindOfSweep[]> {
  mkdirSync(root, { recursive: true });
  const backbone = inRepository("packages/taskhead/assets/demo-backbone.onnx");
  const network = join(root, "network.onnx");
  writeFileSync(network, convolution());
  const masked = join(root, "masked");
  await drawMasks(masked, 16);
  const images = join(root, "classes");
  await drawClasses(images, 8);
  const texts = join(root, "texts.tar");
  writeFileSync(texts, archiveOfTexts(40));
  const words = join(root, "words.tar");
  writeFileSync(words, archiveOfWords(24));
  const encoder = inRepository("packages/taskhead/assets/demo-encoder");
  const shared = inRepository("../shared");
  const molecules = join(shared, "data/molecules/bbbp/train.csv");
  const all: KindOfSweep[] = [
    ["side-tuning", [images, "--backbone", backbone, "--method", "side", "--side", backbone, "--taus", "0,1"]],
    ["masks", [masked, "--backbone", network, "--size", "24x16", "--taus", "0,2"]],
    ["texts in an archive", [texts, "--backbone", encoder, "--taus", "0,1"]],
    [
      "words with tags in an archive",
      [words, "--backbone", encoder, "--taus", "0,1", "--task", "token-classification"],
    ],
    ...methods.map(([name, args]): KindOfSweep => [name, [images, "--backbone", backbone, ...args.split(" ")]]),
    [
      "low-rank updates",
      [texts, "--backbone", encoder, "--taus", "0,1", ..."--method lora,bitfit --lora-rank 3".split(" ")],
    ],
  ];
  if (!existsSync(molecules)) return all;
  const table = join(root, "molecules.csv");
  writeFileSync(table, readFileSync(molecules, "utf8").split("\n").slice(0, 61).join("\n"));
  const model = (name: string): string => join(shared, "models", name);
  return [
    ...all,
    ["running statistics", [images, "--backbone", model("cifar-resnet20.onnx"), "--taus", "1", "--batchnorm", "train"]],
    ["molecules", [table, "--backbone", model("gin-chem.onnx"), "--taus", "0,2", "--method", "hp-ft,lora"]],
  ];
}

/** Of any size, with a linear layer behind the mean over its places. */
function convolution(): Uint8Array {
  const b = new GraphBuilder("network");
  const image = b.input("image", "float32", ["batch", 3, "height", "width"]);
  const weight = (name: string, shape: readonly number[]): string =>
    b.initializer(name, float32(normals(shape.reduce((x, y) => x * y), 0.2, random(0, "init", name)), shape)); // prettier-ignore
  const maps = b.op("Relu", [b.op("Conv", [image, weight("conv", [8, 3, 3, 3])], { pads: [1, 1, 1, 1] })]);
  const features = b.op("Flatten", [b.op("GlobalAveragePool", [maps])]);
  b.setOutputs({ logits: b.op("MatMul", [features, weight("head", [8, 2])]) });
  return writeModel(b.model());
}

/** Pictures of grey, of one class dark, of the other bright. */
async function drawClasses(folder: string, each: number): Promise<void> {
  for (const [name, grey] of [
    ["bright", 150],
    ["dark", 50],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let n = 0; n < each; n++)
      await sharp({ create: { width: 32, height: 32, channels: 3, background: { r: grey + 9 * n, g: grey, b: 90 } } })
        .png()
        .toFile(join(folder, name, `${n}.png`));
  }
}

/** Pictures of two halves, and which half a pixel is of. */
async function drawMasks(folder: string, count: number): Promise<void> {
  const [width, height] = [24, 16];
  for (const name of ["images", "masks"]) mkdirSync(join(folder, name), { recursive: true });
  for (let n = 0; n < count; n++) {
    const right = Uint8Array.from({ length: width * height }, (_, i) => Number(i % width > 4 + n));
    const grey = right.map((one, i) => 60 + 100 * one + ((i * 7 + n) % 40));
    for (const [name, pixels] of [
      ["images", grey],
      ["masks", right],
    ] as const)
      await sharp(pixels, { raw: { width, height, channels: 1 } })
        .toColourspace("b-w")
        .png()
        .toFile(join(folder, name, `${n}.png`));
  }
}

/** Two classes, each with words of its own among others. */
function archiveOfTexts(count: number): Uint8Array {
  const own = [["refund", "late"], ["thanks", "great"]] as const; // prettier-ignore
  const blocks = Array.from({ length: count }, (_, n) => {
    const text = `order ${n} ${own[n % 2]![n % 4 < 2 ? 0 : 1]} parcel`;
    return [member(`${n}.txt`, text), member(`${n}.cls`, n % 2 === 0 ? "bad" : "good")];
  });
  return Buffer.concat([...blocks.flat(), Buffer.alloc(1024)]);
}

/** Sentences in which the parcel is tagged. */
function archiveOfWords(count: number): Uint8Array {
  const blocks = Array.from({ length: count }, (_, n) => {
    const tokens = ["the", ["lamp", "chair", "book"][n % 3]!, "came", n % 2 === 0 ? "late" : "broken"];
    return member(`${n}.json`, JSON.stringify({ tokens, tags: ["O", "B-ITEM", "O", "O"] }));
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function member(path: string, text: string): Uint8Array {
  const block = Buffer.alloc(512);
  new Header({ path, mode: 0o644, size: text.length, type: "File", mtime: new Date(0) }).encode(block);
  return Buffer.concat([block, Buffer.from(text.padEnd(512, "\0"))]);
}
