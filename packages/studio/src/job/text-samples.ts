import { classTargets, openTokenizer, texts, tokenize, type Engine, type Text, type Texts } from "@taskhead/core";
import { answerOf, pickTexts, textTensors } from "@taskhead/core/internals";
import { shownTexts } from "taskhead/inputs";
import { ownGroups } from "../data/groups.js";
import { ownSets } from "../data/sets.js";
import { targetsOf, type Project } from "./project.js";
import type { Kept, KindOfSamples, OpenedSamples } from "./samples.js";
import { openTagged, type Sentence } from "./tagged-samples.js";
import { folderOf, keptTexts, toldLengths } from "./text-reading.js";

/** Texts: kept as they are, and made numbers of where they are opened. */
export const textSamples: KindOfSamples = {
  async read({ texts: given }) {
    if (!given) throw new Error("there are no texts");
    const { task, outputs, texts: all, sets } = given;
    const kept = all.map(({ text, pair, words }): Text | Sentence =>
      words ? { words } : pair === undefined ? { text } : { text, pair },
    );
    return {
      bytes: new TextEncoder().encode(JSON.stringify(kept)),
      task,
      outputs,
      names: all.map(({ name }) => name),
      targets: all.map(({ target }) => target),
      ...ownSets(sets, all),
      ...ownGroups(given, all),
      unreadable: [],
    };
  },

  open: (project, kept, engine) =>
    project.task === "token-classification" ? openTagged(project, kept, engine) : openTexts(project, kept, engine),
};

async function openTexts(project: Project, { samples, files }: Kept, engine: Engine): Promise<OpenedSamples<Texts>> {
  const kept = keptTexts<Text>(samples);
  const tokenizer = await openTokenizer(files);
  const { cut, ...tokens } = await tokenize(tokenizer, kept);
  const targets = targetsOf(project);
  const source: Texts = { ...tokens, targets };
  return {
    modality: texts({ files, tokenizer, folder: folderOf(project) }),
    targets,
    pick: (chosen) => pickTexts(source, chosen),
    keys: kept.map(({ text, pair }) => (pair === undefined ? text : JSON.stringify([text, pair]))),
    said: toldLengths(tokenizer, kept.length, cut.length),
    async ask(logitsOf, asked) {
      const one = { ...(await tokenize(tokenizer, [{ text: asked as string }])), targets: classTargets([0]) };
      const { data } = await logitsOf(textTensors(engine, one, [0], tokenizer.padding));
      return { of: "sample", answer: answerOf({ objective: project.task, outputs: project.outputs }, data) };
    },
    shown: async (places) =>
      shownTexts(
        places.map((i) => kept[i]!),
        places.map((i) => project.names[i]!),
      ),
  };
}
