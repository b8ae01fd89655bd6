import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { classTargets, openBackbone, openTokenizer, texts, tokenize } from "@taskhead/core";
import { modelFileIn } from "../../files/model-folder.js";
import { textFilesOf } from "../../text/model-files.js";
import type { DemoTask } from "../task.js";
import { messagesRecipe } from "./recipe.js";
import { labelled, writeTables } from "./tables.js";
import { targetIntents } from "./write.js";

/** Trained by scripts/pretrain-demo-encoder.ts on messages of other intents. */
export const encoder = fileURLToPath(new URL("../../../assets/demo-encoder", import.meta.url));

const perClass = { train: 12, test: 30 };

/** The task of `taskhead demo-text`: what customers want who have ordered something, for a network that has read other mail. */
export const messages: DemoTask = {
  subject: {
    command: "taskhead demo-text",
    background:
      "The network had learned what else customers write to a shop; the new task is what they write once they have ordered",
    draw: "set",
    sample: "text",
  },
  classes: targetIntents,
  recipe: messagesRecipe,
  perClass,
  seeds: [401, 402, 403, 404, 405, 406, 407, 408],
  async files(folder) {
    const { train, validation, test } = writeTables(join(folder, "texts"), 7);
    return { backbone: encoder, train, val: validation, test };
  },
  async open(engine) {
    const file = modelFileIn(encoder);
    const files = await textFilesOf(file);
    const tokenizer = await openTokenizer(files);
    const modality = texts({ files, tokenizer });
    const written = async (seed: number, first: number, count: number) => {
      const all = labelled(seed, first, count);
      const targets = classTargets(all.map(({ label }) => label));
      return modality.open({ ...(await tokenize(tokenizer, all)), targets }, engine);
    };
    return {
      backbone: openBackbone(await readFile(file), { modality }),
      draw: async (seed) => ({
        train: await written(seed, 0, perClass.train),
        validation: await written(seed, perClass.train, perClass.test),
      }),
    };
  },
  question: () => '"You sent me a lamp, but I ordered the clock."',
};
