import { classTargets, openTokenizer, texts, tokenize, type Text, type Texts } from "@taskhead/core";
import { pickTexts, textTensors } from "@taskhead/core/internals";
import { targetsOf } from "./project.js";
import type { KindOfSamples, OpenedSamples } from "./samples.js";

/** Texts: kept as they are, and made numbers of where they are opened. */
export const textSamples: KindOfSamples = {
  async read({ texts: given }) {
    if (!given) throw new Error("there are no texts");
    const { task, outputs, texts: all } = given;
    const kept = all.map(({ text, pair }): Text => (pair === undefined ? { text } : { text, pair }));
    return {
      bytes: new TextEncoder().encode(JSON.stringify(kept)),
      task,
      outputs,
      names: all.map(({ name }) => name),
      targets: all.map(({ target }) => target),
      unreadable: [],
    };
  },

  async open(project, { samples, files }, engine): Promise<OpenedSamples<Texts>> {
    const kept = JSON.parse(new TextDecoder().decode(samples)) as Text[];
    const tokenizer = await openTokenizer(files);
    const { cut, ...tokens } = await tokenize(tokenizer, kept);
    const source: Texts = { ...tokens, targets: targetsOf(project) };
    const { tokens: longest, from } = tokenizer.maxLength;
    return {
      modality: texts({ files, tokenizer, folder: project.backbone.name.split("/").at(-1)! }),
      pick: (chosen) => pickTexts(source, chosen),
      keys: kept.map(({ text, pair }) => (pair === undefined ? text : JSON.stringify([text, pair]))),
      said: [
        `Texts are cut to ${longest} tokens (${from}).`,
        ...(cut.length > 0 ? [`${cut.length} of ${kept.length} texts are longer, and cut there.`] : []),
      ],
      async feeds(asked) {
        const one = await tokenize(tokenizer, [{ text: asked as string }]);
        return textTensors(engine, { ...one, targets: classTargets([0]) }, [0], tokenizer.padding);
      },
    };
  },
};
