import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { ModelError } from "@taskhead/autograd";
import { DivergedError } from "@taskhead/core";
import { DamagedError, DataError, RuntimeError } from "@taskhead/core/internals";
import { otherwise, SettingError, type Table } from "@taskhead/core/settings";
import { Command, CommanderError } from "commander";
import { UserError } from "../files/errors.js";
import { systemFault } from "../files/system-errors.js";
import { packageVersion } from "../files/version.js";
import { InterruptedError } from "../run/interrupted.js";
import { outputTo, unheeded } from "../terminal/output.js";
import { createProgress, type ProgressStream } from "../terminal/progress.js";
import { visible } from "../words/visible.js";
import type { Context } from "./context.js";
import { registerGuide } from "./guide.js";
import { inspect as inspectCommand } from "./inspect.js";
import { addOptions, flagNaming, readOptions } from "../options/command-line.js";
import { parseOptions, type TuneOptions } from "../options/options.js";
import { optionTable, probeTable, select } from "../options/table.js";
import { predict } from "./predict.js";
import { registerReport } from "./report.js";
import { registerSweep } from "./sweep.js";
import { registerTheory } from "./theory.js";
import { probeCommand, tuneCommand } from "./tune.js";

export interface Streams {
  stdout: NodeJS.WritableStream;
  stderr: ProgressStream;
}

/**
 * Runs one command line.
 * @returns the exit code: 0 done · 1 a fault of ours · 2 input that cannot be used · 130 stopped by Ctrl-C
 */
export async function run(argv: string[], streams: Streams = process): Promise<number> {
  const complain = (line: string): void => void streams.stderr.write(visible(`taskhead: ${line}\n`));
  const output = outputTo(streams.stdout);
  unheeded(streams.stderr);
  const stop = new AbortController();
  const interrupt = (): void => {
    // A second Ctrl-C means now; files are renamed into place, so that nothing breaks.
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new InterruptedError());
    streams.stderr.write("\nstopping after this step\n");
  };
  process.on("SIGINT", interrupt);
  const context: Context = {
    print: (text) => output.write(visible(`${text}\n`)),
    progress: createProgress(streams.stderr),
    signal: stop.signal,
    commandLine: ["taskhead", ...argv].map(quoted).join(" "),
  };
  try {
    const program = await createProgram(context, streams);
    await program.parseAsync(argv, { from: "user" });
    await output.end();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const [code, line] = explain(error);
    complain(line);
    if (argv.includes("--verbose") && error instanceof Error) streams.stderr.write(visible(`${inspect(error)}\n`));
    return code;
  } finally {
    process.off("SIGINT", interrupt);
  }
}

async function createProgram(context: Context, streams: Streams): Promise<Command> {
  const program = new Command("taskhead")
    .description("Fine-tune pretrained ONNX models, with the task head prepared first.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(visible(text)),
      writeErr: (text) => void streams.stderr.write(visible(text)),
      outputError: (text, write) => write(text.replace(/^error: /, "taskhead: ")),
    })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 a fault of taskhead, 2 input that cannot be used, 130 stopped by Ctrl-C.",
    );

  addOptions(program.command("tune"), optionTable)
    .description("probe, fine-tune from several taus, report, and export the best model")
    .action(
      async (train: string, given: Record<string, unknown>) =>
        void (await tuneCommand(parseOptions(train, given), context)),
    );
  addOptions(program.command("probe"), probeTable)
    .description("train the head alone and show energy and score at every tau")
    .action((train: string, given: Record<string, unknown>) => probeCommand(parseOptions(train, given), context));
  registerSweep(program, context);
  addOptions(program.command("inspect"), inspectTable)
    .description("what a model holds, and what of it can be trained")
    .argument("<model>", "an .onnx file, or a folder with onnx/model.onnx")
    .action((model: string, given: Record<string, unknown>) => {
      const { json = false, ...options } = readOptions(inspectTable, given);
      return inspectCommand(model, { ...options, json }, context);
    });
  addOptions(program.command("predict"), select(optionTable, ["json", "verbose"]))
    .description("what a fine-tuned model says of images")
    .argument("<out>", "run folder of taskhead tune, or its model folder")
    .argument("<images...>", "image files")
    .action((out: string, images: string[], { json = false }: { json?: boolean }) =>
      predict(out, images, { json }, context),
    );
  registerGuide(program, context);
  registerReport(program, context);
  registerTheory(program, context);

  // The demo brings its own images; a build without it is still whole.
  const demo = new URL("./demo.js", import.meta.url);
  if (existsSync(fileURLToPath(demo))) {
    const module = (await import(demo.href)) as { registerDemo(program: Command, context: Context): void };
    module.registerDemo(program, context);
  }
  return program;
}

const inspectTable: Table<Pick<TuneOptions, "features" | "size" | "json" | "verbose">> = {
  ...select(optionTable, ["features", "size", "json", "verbose"]),
  size: otherwise(
    optionTable.size,
    { otherwise: "what the files beside the model say, or 64" },
    "side of the images, for a model that takes any",
  ),
};

/** Errors whose message says what to mend. */
const ofTheUser = [UserError, ModelError, RuntimeError, DivergedError, DamagedError, DataError] as const;

/** Exit code and the one line that says what was wrong. */
function explain(error: unknown): [code: number, line: string] {
  if (error instanceof InterruptedError) return [130, error.message];
  if (error instanceof SettingError) return [2, oneLine(error.words(flagNaming(optionTable)))];
  if (ofTheUser.some((kind) => error instanceof kind)) return [2, oneLine((error as Error).message)];
  const fault = systemFault(error);
  if (fault !== undefined) return [2, oneLine(fault)];
  return [1, `unexpected: ${oneLine(error instanceof Error ? error.message : String(error))}`];
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}

function quoted(argument: string): string {
  return /^[\w./:=,@+\\-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
