import { basename, dirname, resolve } from "node:path";
import { openTokenizer, texts, type Tokenizer, type TextFiles } from "@taskhead/core";
import { unitsOf } from "@taskhead/core/internals";
import type { Kind, Reading } from "../data/kind.js";
import { requireSplittableTargets } from "../data/splits/require-validation.js";
import { versionOf } from "../files/version.js";
import { sha256 } from "../files/sha256.js";
import { plain, plural } from "../words/format.js";
import type { TuneOptions } from "../options/table.js";
import { withoutDropout } from "./dropout.js";
import { fingerprintTexts } from "./fingerprint.js";
import { loadTexts } from "./load-texts.js";
import { textFilesOf } from "./model-files.js";
import { offeredSets } from "./offered-sets.js";
import { scanTexts } from "./scan-texts.js";
import { textServing } from "./serving.js";
import { shownTexts } from "./shown.js";
import { taskOfTexts } from "./task-of-texts.js";
import type { FileTexts, FoundTexts } from "./sets.js";
import { groupsOfTexts, splittableTexts, targetsOfTexts, type TextSource } from "./text-source.js";

/** How texts become token ids. */
export interface TextReading extends Reading<FileTexts> {
  readonly tokenizer: Tokenizer;
}

/** Texts in tables and folders. */
export const textKind: Kind<FileTexts, FoundTexts, TextReading> = {
  name: "texts",
  sample: "text",
  place: "texts",
  versions: () => ({ "the version of @huggingface/tokenizers": versionOf("@huggingface/tokenizers") }),
  tellsFeatures: true,
  guess: (path, { text, label, columns, group, cache }) =>
    taskOfTexts(path, { text, label, labels: columns, group, cache }),
  async reading({ backbone, maxLength, task }) {
    const files = await textFilesOf(backbone);
    return readingOf(files, await openTokenizer(files, { maxLength }), { backbone, task });
  },
  async scan(path, options, { like, set }) {
    const { task, text, label, columns, group, cache } = options;
    const source = await scanTexts(path, { task, text, label, labels: columns, group, cache, like: like?.source, set });
    return found(source);
  },
  async offered(train, wanted, { task, text, label, columns, group, cache }) {
    const { validation, test, said } = await offeredSets(train.path, wanted, {
      task,
      text,
      label,
      labels: columns,
      group,
      cache,
      like: train.source,
    });
    return { ...(validation ? { validation: found(validation) } : {}), ...(test ? { test: found(test) } : {}), said };
  },
  requireSplittable: ({ source }, fraction) =>
    requireSplittableTargets(
      splittableTexts(source),
      targetsOfTexts(source, source.samples),
      fraction,
      groupsOfTexts(source),
    ),
  load: (_, found, { tokenizer }, options, listener) => loadTexts(found, tokenizer, options, listener),
  async shown(source, indices) {
    const { samples, names, words, targets } = source;
    const shown = shownTexts(
      indices.map((i) => samples[i]!),
      indices.map((i) => names[i]!),
    );
    if (!words) return shown;
    return shown.map((one, i) => ({ ...one, units: unitsOf(targets, [indices[i]!]).map((unit) => words[unit]!) }));
  },
  card: {
    pipeline: "text-classification",
    dataset: "text",
    example: '["One text.", "Another one."]',
    feeds: "`input_ids` and whatever else the file takes, int64 [batch, sequence], from the tokenizer beside it, give",
    inside: "pooling happens inside",
    transformers: true,
    sigmoid: true,
    of: {
      "token-classification": {
        pipeline: "token-classification",
        example: '"A text with names in it."',
        inside: "nothing is pooled",
      },
    },
  },
  serving: textServing,
};

function found(source: TextSource): FoundTexts {
  const { path, outputs, samples } = source;
  return { source, path, outputs, count: samples.length, fingerprint: { text: fingerprintTexts(source) } };
}

function readingOf(
  files: TextFiles,
  tokenizer: Tokenizer,
  { backbone, task }: Pick<TuneOptions, "backbone" | "task">,
): TextReading {
  const { tokens, from } = tokenizer.maxLength;
  const dropout = withoutDropout(files);
  return {
    tokenizer,
    modality: texts({
      files,
      tokenizer,
      folder: folderOf(backbone),
      each: task === "token-classification",
    }) as TextReading["modality"],
    told: [
      `texts are cut to ${plain(plural(tokens, "token"))}, special ones among them (${from}; --max-length sets it)`,
      ...(dropout === undefined ? [] : [dropout]),
    ],
    identity: {
      "content of the files beside the model": sha256(JSON.stringify(files)),
      "the longest text": tokens,
    },
    options: { maxLength: tokens, maxLengthFrom: from },
    json: { maxLength: tokenizer.maxLength },
  };
}

/** The name of the folder that a model lies in, which may say whose it is. */
export function folderOf(path: string): string {
  const folder = dirname(resolve(path));
  return basename(folder) === "onnx" ? basename(dirname(folder)) : basename(folder);
}
