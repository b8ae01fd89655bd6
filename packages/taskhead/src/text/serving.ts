import { join } from "node:path";
import { openTokenizer } from "@taskhead/core/internals";
import type { Serving, TextOfWords } from "../data/serving.js";
import { toldLeftOut } from "../data/told.js";
import { labelledTexts } from "./labelled-for.js";
import { leftOutRemedy } from "./load-texts.js";
import { textFilesOf } from "./model-files.js";
import { namedTexts, type NamedText } from "./named-texts.js";
import { openServedTexts } from "./served.js";
import { inOneLine, shownTexts } from "./shown.js";
import { placedWords, wordsOfText } from "./tagged/words-of-text.js";
import { refusedTexts, targetsOfTexts } from "./text-source.js";

/** Texts, through an exported model and the tokenizer beside it. */
export const textServing: Serving<NamedText> = {
  named: namedTexts,
  nameOf: inOneLine,
  wordsOf,
  async labelled(model, path, { text, label, columns }) {
    const { source, unknown } = await labelledTexts(model, path, { text, label, labels: columns });
    return {
      items: source.samples,
      targets: (indices) =>
        targetsOfTexts(
          source,
          indices.map((i) => source.samples[i]!),
        ),
      ...(model.objective === "token-classification"
        ? { tagsOf: (index: number) => source.samples[index]!.target as readonly number[] }
        : {}),
      refused: source.refused.length,
      skipped: refusedTexts(source),
      notes: [source.said, ...source.notes, ...toldLeftOut(source.leftOut ?? [], leftOutRemedy)],
      unknown,
    };
  },
  async open({ folder, objective }, bytes, device) {
    const files = await textFilesOf(join(folder, "onnx", "model.onnx"));
    const ofItem = (item: NamedText): string[] => wordsOf(item).words.map(({ text }) => text);
    const each = objective === "token-classification" ? ofItem : undefined;
    return openServedTexts(bytes, await openTokenizer(files), device, each);
  },
  shown: async (items) => shownTexts(items, items.map(inOneLine)),
};

function wordsOf({ text, words }: NamedText): TextOfWords {
  return { text, words: words ? placedWords(words) : wordsOfText(text) };
}
