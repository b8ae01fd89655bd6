import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { drawFolders } from "../demo/folders.js";
import { verdict } from "../demo/verdict.js";
import { parseOptions } from "../options/options.js";
import type { Context } from "../run/context.js";
import { tuneCommand } from "./tune.js";

/** Trained by scripts/pretrain-demo.js on shapes that the demo's task does not contain. */
const backbone = fileURLToPath(new URL("../../assets/demo-backbone.onnx", import.meta.url));

/** `taskhead demo`: draws a small task, then does what `taskhead tune` does with it. */
export function registerDemo(program: Command, context: Context): void {
  program
    .command("demo")
    .description("draw a small task and fine-tune the embedded backbone on it")
    .option("--out <dir>", "folder for the images and the run", "taskhead-demo")
    .option("--epochs <n>", "epochs of fine-tuning", "20")
    .option("--seed <n>", "seed of the head and the order of batches", "0")
    .option("--json", "print one JSON object on standard output", false)
    .option("--verbose", "show the stack of an error", false)
    .action(async (given: { out: string; epochs: string; seed: string; json: boolean; verbose: boolean }) => {
      const out = resolve(given.out);
      const folders = await drawFolders(join(out, "images"), 7);
      const options = parseOptions(folders.train, {
        backbone,
        val: folders.validation,
        test: folders.test,
        valFraction: "0.2",
        size: "32",
        taus: "auto",
        probeLr: "auto",
        batch: "16",
        momentum: "0.9",
        smoothing: "0",
        memory: "1024",
        cache: join(out, "cache"),
        epochs: given.epochs,
        seed: given.seed,
        json: given.json,
        verbose: given.verbose,
        out: join(out, "run"),
      });
      const results = await tuneCommand(options, context);
      if (!given.json) context.print(`\n${verdict(results)}`);
    });
}
