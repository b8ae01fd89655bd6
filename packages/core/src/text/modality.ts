import type { Model } from "@taskhead/autograd";
import type { Modality } from "../backbone/modality.js";
import { upTo } from "../data/samples.js";
import { withEnding, withoutEnding } from "./ending.js";
import type { TextFiles } from "./files.js";
import { textInput } from "./input.js";
import { firstPositionOf } from "./max-length.js";
import { featuresOfEach, usualFeatures } from "./pooling.js";
import { withAllTokens } from "./word-rows.js";
import { unitInput } from "../backbone/pool.js";
import { bounded, byLength, textSamples } from "./samples.js";
import { textFolderFiles } from "./served.js";
import { requireTokens, textTensors, type Texts } from "./texts.js";
import type { Tokenizer } from "./tokenizer.js";

export interface TextOptions {
  /** How shorter texts are filled up, and how long they may be, as `openTokenizer` gives it. Default: 0 on the right. */
  tokenizer?: Pick<Tokenizer, "padding"> & Partial<Pick<Tokenizer, "maxLength" | "ending">>;
  /** JSON files of the model's folder: they say how features are pooled, and go with the exported file. */
  files?: TextFiles;
  /** The folder's name, which may say whose model it is. */
  folder?: string;
  /**
   * Every word has a target of its own (`tokenClassification`), which its first token stands for. The exported file then
   * gives logits for every token, [batch, sequence, k].
   */
  each?: boolean;
}

/** Texts, as the numbers of their tokens. */
export function texts({ tokenizer, files = {}, folder, each = false }: TextOptions = {}): Modality<Texts> {
  const padding = tokenizer?.padding ?? { id: 0, side: "right" };
  return {
    name: "texts",
    sample: "text",
    prepare(model) {
      const prepared = textInput(withoutEnding(model), firstPositionOf(files["config.json"]));
      if (!each) return { ...prepared, features: usualFeatures(model.graph, files, folder) };
      return { ...prepared, model: withUnitInput(prepared.model), features: featuresOfEach(model.graph) };
    },
    async open(source, engine, inputs = []) {
      requireTokens(source, inputs);
      return textSamples(engine, source, padding);
    },
    served(model) {
      if (each) return withAllTokens(model);
      if (tokenizer?.ending === undefined || !tokenizer.maxLength) return model;
      return withEnding(model, tokenizer.ending, tokenizer.maxLength.tokens);
    },
    async *servedBatches(source, engine) {
      for (const indices of bounded(source, byLength(source, upTo(source.count)), batch)) {
        const { [unitInput]: units, ...feeds } = textTensors(engine, source, indices, padding);
        const rows = units && Array.from(units.data as BigInt64Array, Number);
        yield { count: indices.length, indices, feeds, ...(rows ? { rows } : {}) };
      }
    },
    servedFiles: (task) => textFolderFiles(task, files, tokenizer?.maxLength?.tokens),
  };
}

/** Texts in one run of the exported file, at most. */
const batch = 16;

/** The model with one more input, which says where words begin. */
function withUnitInput(model: Model): Model {
  const { graph } = model;
  const inputs = [...graph.inputs, { name: unitInput, type: { dtype: "int64" as const, shape: ["units"] } }];
  return { ...model, graph: { ...graph, inputs } };
}
