import {
  openTokenizer,
  poolingFor,
  texts,
  tokenizerVersion,
  type Texts,
  type Tokenizer,
  type TextFiles,
} from "@taskhead/core/internals";
import type { Kind, Marked, FoundSet, Reading } from "../data/kind.js";
import { requireSplittableTargets } from "../data/require-validation.js";
import { plain, plural } from "../words/format.js";
import { fingerprintTexts } from "./fingerprint.js";
import { loadTexts } from "./load-texts.js";
import { textFilesOf } from "./model-files.js";
import { offeredSets } from "./offered-sets.js";
import { scanTexts } from "./scan-texts.js";
import { textServing } from "./serving.js";
import { shownTexts } from "./shown.js";
import { splittableTexts, targetsOfTexts, type TextSample, type TextSource } from "./text-source.js";

/** Texts of a set as token ids, and what they were. */
export interface FileTexts extends Texts, Marked {
  readonly samples: readonly TextSample[];
  /** What they are called. */
  readonly names: readonly string[];
}

/** Texts before they are tokenised. */
export interface FoundTexts extends FoundSet {
  readonly source: TextSource;
}

/** How texts become token ids. */
export interface TextReading extends Reading<FileTexts> {
  readonly tokenizer: Tokenizer;
}

/** Texts in tables and folders. */
export const textKind: Kind<FileTexts, FoundTexts, TextReading> = {
  name: "texts",
  sample: "text",
  place: "texts",
  versions: () => ({ "the version of the tokenizer": tokenizerVersion }),
  async reading({ backbone, maxLength, pooling: asked }) {
    const files = await textFilesOf(backbone);
    const tokenizer = await openTokenizer(files, { maxLength });
    return readingOf(files, tokenizer, poolingFor(files, asked));
  },
  async scan(path, options, { like, set }) {
    const { task, text, label, columns } = options;
    const source = await scanTexts(path, { task, text, label, labels: columns, like: like?.source, set });
    return found(source);
  },
  async offered(train, wanted, { task, text, label, columns }) {
    const { validation, test, said } = await offeredSets(train.path, wanted, {
      task,
      text,
      label,
      labels: columns,
      like: train.source,
    });
    return { ...(validation ? { validation: found(validation) } : {}), ...(test ? { test: found(test) } : {}), said };
  },
  requireSplittable: ({ source }, fraction) =>
    requireSplittableTargets(splittableTexts(source), targetsOfTexts(source, source.samples), fraction),
  load: (_, found, { tokenizer }, options, listener) => loadTexts(found, tokenizer, options, listener),
  shown: async ({ samples, names }, indices) =>
    shownTexts(
      indices.map((i) => samples[i]!),
      indices.map((i) => names[i]!),
    ),
  serving: textServing,
};

function found(source: TextSource): FoundTexts {
  const { path, outputs, samples } = source;
  return { source, path, outputs, count: samples.length, fingerprint: { text: fingerprintTexts(source) } };
}

function readingOf(files: TextFiles, tokenizer: Tokenizer, pooling: ReturnType<typeof poolingFor>): TextReading {
  const { tokens, from } = tokenizer.maxLength;
  const kept = plain(plural(tokens, "token"));
  return {
    tokenizer,
    modality: texts({ files, padding: tokenizer.padding }) as TextReading["modality"],
    pooling: pooling.pooling,
    told: [
      `texts are cut to ${kept}, special ones among them (${from}; --max-length sets it)`,
      `a text's features are ${pooling.told} (${pooling.from}; --pooling sets it)`,
    ],
    identity: {
      "the tokenizer": tokenizer.identity,
      "the longest text": tokens,
      "the pooling": JSON.stringify(pooling.pooling ?? null),
    },
    options: { maxLength: tokens, maxLengthFrom: from, pooling: pooling.name, poolingFrom: pooling.from },
    json: { maxLength: tokenizer.maxLength, pooling: { name: pooling.name, from: pooling.from } },
  };
}
