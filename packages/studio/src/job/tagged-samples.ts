import {
  openTokenizer,
  texts,
  tokenizeWords,
  unitTargets,
  type Engine,
  type TaggedWords,
  type Texts,
} from "@taskhead/core";
import { encodeWords, pickTexts, textTensors, unitsOf } from "@taskhead/core/internals";
import { logitsOfWords, predictedWords, shownTexts, wordsOfText } from "taskhead/inputs";
import type { Project } from "./project.js";
import type { Kept, OpenedSamples } from "./samples.js";
import { folderOf, keptTexts, toldLengths } from "./text-reading.js";

/** A text as it is kept where each of its words has a tag. */
export type Sentence = Pick<TaggedWords, "words">;

/** Texts in which each word has a tag. */
export async function openTagged(
  project: Project,
  { samples, files }: Kept,
  engine: Engine,
): Promise<OpenedSamples<Texts>> {
  const kept = keptTexts<Sentence>(samples);
  const tagged = kept.map(({ words }, i): TaggedWords => ({ words, tags: project.targets[i] as readonly number[] }));
  const tokenizer = await openTokenizer(files);
  const { cut, lost, words: numbers, ...source } = await tokenizeWords(tokenizer, tagged);
  const { targets } = source;
  return {
    modality: texts({ files, tokenizer, folder: folderOf(project), each: true }),
    targets,
    pick: (chosen) => pickTexts(source, chosen),
    keys: kept.map(({ words }) => words.join(" ")),
    said: [
      ...toldLengths(tokenizer, kept.length, cut.length),
      ...(lost > 0
        ? [`${lost} of their words are not counted, as they are cut away or no token is made of them.`]
        : []),
    ],
    async ask(logitsOf, asked) {
      const text = asked as string;
      const words = wordsOfText(text);
      const { ids, types, places } = encodeWords(
        tokenizer,
        words.map((word) => word.text),
      );
      const one: Texts = {
        count: 1,
        ids: Int32Array.from(ids),
        types: Uint8Array.from(types),
        starts: Uint32Array.of(0, ids.length),
        targets: unitTargets([[]]),
      };
      const { data, dims } = await logitsOf(textTensors(engine, one, [0], tokenizer.padding));
      const logits = logitsOfWords(data, dims.at(-1)!, places);
      return { of: "words", words: predictedWords({ text, words }, logits, project.outputs) };
    },
    async shown(places) {
      const shown = shownTexts(
        places.map((i) => ({ text: kept[i]!.words.join(" "), words: kept[i]!.words })),
        places.map((i) => project.names[i]!),
      );
      return shown.map((one, n) => ({ ...one, units: unitsOf(targets, [places[n]!]).map((unit) => numbers[unit]!) }));
    },
  };
}
