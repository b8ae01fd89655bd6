import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { drawFolders } from "../demo/folders.js";
import { verdict } from "../demo/verdict.js";
import { optionsFrom } from "../options/options.js";
import type { Context } from "./context.js";
import type { DemoOptions } from "./tables.js";
import { tuneCommand } from "./tune.js";

/** Trained by scripts/pretrain-demo.ts on shapes that the demo's task does not contain. */
const backbone = fileURLToPath(new URL("../../assets/demo-backbone.onnx", import.meta.url));

/** `taskhead demo`: draws a small task, then does what `taskhead tune` does with it. */
export async function demo(
  { epochs, seed, wide, json, verbose, ...asked }: DemoOptions,
  context: Context,
): Promise<void> {
  const out = resolve(asked.out);
  const folders = await drawFolders(join(out, "images"), 7);
  const options = optionsFrom({
    train: folders.train,
    backbone,
    val: folders.validation,
    test: folders.test,
    size: 32,
    batch: 16,
    cache: join(out, "cache"),
    epochs,
    seed,
    out: join(out, "run"),
  });
  const results = await tuneCommand({ ...options, wide, json, verbose }, context);
  if (!json) context.print(`\n${verdict(results)}`);
}
