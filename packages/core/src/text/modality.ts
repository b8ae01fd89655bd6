import type { Modality } from "../backbone/modality.js";
import { upTo } from "../data/samples.js";
import { withEnding, withoutEnding } from "./ending.js";
import type { TextFiles } from "./files.js";
import { textInput } from "./input.js";
import { firstPositionOf } from "./max-length.js";
import { usualFeatures } from "./pooling.js";
import { bounded, textSamples } from "./samples.js";
import { textFolderFiles } from "./served.js";
import { textTensors, type Texts } from "./texts.js";
import type { Tokenizer } from "./tokenizer.js";

export interface TextOptions {
  /** How shorter texts are filled up, and how long they may be, as `openTokenizer` gives it. Default: 0 on the right. */
  tokenizer?: Pick<Tokenizer, "padding"> & Partial<Pick<Tokenizer, "maxLength" | "ending">>;
  /** JSON files of the model's folder: they say how features are pooled, and go with the exported file. */
  files?: TextFiles;
  /** The folder's name, which may say whose model it is. */
  folder?: string;
}

/** Texts, as the numbers of their tokens. */
export function texts({ tokenizer, files = {}, folder }: TextOptions = {}): Modality<Texts> {
  const padding = tokenizer?.padding ?? { id: 0, side: "right" };
  return {
    name: "texts",
    sample: "text",
    prepare: (model) => ({
      ...textInput(withoutEnding(model), firstPositionOf(files["config.json"])),
      features: usualFeatures(model.graph, files, folder),
    }),
    open: async (source, engine) => textSamples(engine, source, padding),
    served: (model) =>
      tokenizer?.ending === undefined || !tokenizer.maxLength
        ? model
        : withEnding(model, tokenizer.ending, tokenizer.maxLength.tokens),
    async *servedBatches(source, engine) {
      for (const indices of bounded(source, upTo(source.count), batch))
        yield { count: indices.length, feeds: textTensors(engine, source, indices, padding) };
    },
    servedFiles: (task) => textFolderFiles(task, files, tokenizer?.maxLength?.tokens),
  };
}

/** Texts in one run of the exported file, at most. */
const batch = 16;
