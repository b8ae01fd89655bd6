import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultsOf, otherwise, type Table } from "@taskhead/core/settings";
import type { Command } from "commander";
import { drawFolders } from "../demo/folders.js";
import { verdict } from "../demo/verdict.js";
import { addOptions, readOptions } from "../options/command-line.js";
import { optionsFrom, type TuneOptions } from "../options/options.js";
import { optionTable, select } from "../options/table.js";
import type { Context } from "./context.js";
import { tuneCommand } from "./tune.js";

/** Trained by scripts/pretrain-demo.ts on shapes that the demo's task does not contain. */
const backbone = fileURLToPath(new URL("../../assets/demo-backbone.onnx", import.meta.url));

type DemoOptions = Pick<TuneOptions, "out" | "epochs" | "seed" | "json" | "verbose">;

const demoTable: Table<DemoOptions> = {
  ...select(optionTable, ["epochs", "seed", "out", "json", "verbose"]),
  epochs: otherwise(optionTable.epochs, { default: 20 }),
  out: otherwise(optionTable.out, { default: "taskhead-demo" }, "folder for the images and the run"),
};

/** `taskhead demo`: draws a small task, then does what `taskhead tune` does with it. */
export function registerDemo(program: Command, context: Context): void {
  addOptions(program.command("demo"), demoTable)
    .description("draw a small task and fine-tune the embedded backbone on it")
    .action(async (given: Record<string, unknown>) => {
      const { epochs, seed, json, verbose, ...asked } = {
        ...(defaultsOf(demoTable) as DemoOptions),
        ...readOptions(demoTable, given),
      };
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
      const results = await tuneCommand({ ...options, json, verbose }, context);
      if (!json) context.print(`\n${verdict(results)}`);
    });
}
