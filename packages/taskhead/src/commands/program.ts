import { inspect } from "node:util";
import { SettingError } from "@taskhead/core/settings";
import { Command, CommanderError, type Option } from "commander";
import { withoutCredentials } from "../files/credentials.js";
import { UserError } from "../files/errors.js";
import { systemFault } from "../files/system-errors.js";
import { packageVersion } from "../files/version.js";
import { addOptions, flagNaming } from "../options/command-line.js";
import { optionTable } from "../options/table.js";
import { InterruptedError } from "../run/interrupted.js";
import { outputTo, unheeded } from "../terminal/output.js";
import { visible } from "../words/visible.js";
import { catalogue, type Entry, type Given, type Work } from "./catalogue.js";
import type { Streams } from "./context.js";

/** What people stop a program by, and systems: Ctrl-C, and what containers and schedulers send some time before they kill. */
const stopSignals = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs one command line. What a command takes is loaded once its options are known to be good: help, the version and what
 * is wrong are said at once.
 * @returns the exit code: 0 done · 1 a fault of ours · 2 input that cannot be used · 130 stopped by Ctrl-C or SIGTERM
 */
export async function run(argv: string[], streams: Streams = process): Promise<number> {
  const complain = (line: string): void => void streams.stderr.write(visible(`taskhead: ${line}\n`));
  const output = outputTo(streams.stdout);
  unheeded(streams.stderr);
  const stop = new AbortController();
  const interrupt = (): void => {
    // A second one means now; files are renamed into place, so that nothing breaks.
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new InterruptedError());
    streams.stderr.write("\nstopping after this step\n");
  };
  for (const signal of stopSignals) process.on(signal, interrupt);
  const begin = async (work: Work): Promise<unknown> => {
    const { createContext } = await import("./context.js");
    const commandLine = ["taskhead", ...argv].map(withoutCredentials).map(quoted).join(" ");
    return work(createContext(streams, output, { signal: stop.signal, commandLine }));
  };
  try {
    await createProgram(streams, begin).parseAsync(argv, { from: "user" });
    await output.end();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const [code, line] = await explain(error);
    complain(line);
    if (argv.includes("--verbose") && error instanceof Error) streams.stderr.write(visible(`${inspect(error)}\n`));
    return code;
  } finally {
    for (const signal of stopSignals) process.off(signal, interrupt);
  }
}

/** @param begin what is done with the work of a command whose options are good */
export function createProgram(streams: Pick<Streams, "stdout" | "stderr">, begin: (work: Work) => unknown): Command {
  const program = new Command("taskhead")
    .description("Fine-tune pretrained ONNX models, with the task head prepared first.")
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void streams.stdout.write(visible(text)),
      writeErr: (text) => void streams.stderr.write(visible(text)),
      outputError: (text, write) => write(complaint(text) + "\n"),
    })
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 a fault of taskhead, 2 input that cannot be used, 130 stopped by Ctrl-C or SIGTERM.",
    );
  for (const entry of catalogue) addCommand(program, entry, begin);
  addHelp(program);
  return program;
}

/** As commander has it, but that a command which does not exist is said to be none, as where it is called. */
function addHelp(program: Command): void {
  program
    .helpCommand(false)
    .command("help")
    .argument("[command]")
    .description("display help for command")
    .helpOption(false)
    .action(async (name?: string) => {
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
      if (command) command.help();
      await program.parseAsync([name!], { from: "user" });
    });
}

function addCommand(program: Command, entry: Entry, begin: (work: Work) => unknown): void {
  const command = program.command(entry.name).description(entry.says);
  for (const [term, says] of entry.arguments ?? []) command.argument(term, says);
  for (const table of entry.tables) addOptions(command, table);
  for (const [term, says] of entry.elsewhere ?? []) command.addOption(refusing(command.createOption(term), says));
  if (entry.more) command.addHelpText("after", `\n${entry.more}`);
  command.action(async (...values: unknown[]) => {
    // Commander gives the arguments, then the options, then itself.
    const given = values.at(-2) as Given;
    const [first = "", ...others] = values.slice(0, -2).flat() as string[];
    // As a variable that is not set leaves it: for the file system that would be the folder one stands in.
    if (entry.arguments && [first, ...others].includes(""))
      throw new UserError(
        `${entry.name} wants paths, not ''; give ${entry.arguments.map(([term]) => term).join(" and ")}`,
      );
    await begin(await entry.read(given, first, others));
  });
}

/** An option that is known to be none of the command's. */
function refusing(option: Option, says: string): Option {
  return option.hideHelp().argParser(() => {
    throw new UserError(says);
  });
}

/** Exit code and the one line that says what was wrong. */
async function explain(error: unknown): Promise<[code: number, line: string]> {
  if (error instanceof InterruptedError) return [130, error.message];
  if (error instanceof SettingError) return [2, oneLine(error.words(flagNaming(optionTable)))];
  if (error instanceof UserError) return [2, oneLine(error.message)];
  const { isOfTheUser, memoryFault } = await import("./faults.js");
  if (isOfTheUser(error)) return [2, oneLine(error.message)];
  const fault = systemFault(error) ?? memoryFault(error);
  if (fault !== undefined) return [2, oneLine(fault)];
  return [1, `unexpected: ${oneLine(error instanceof Error ? error.message : String(error))}`];
}

/** What commander says is wrong, as we say it. */
function complaint(text: string): string {
  const line = oneLine(text.replace(/^error: /, "taskhead: "));
  return /unknown command '[^']*'$/.test(line) ? `${line}; taskhead help lists them` : line;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}

function quoted(argument: string): string {
  return /^[\w./:=,@+\\-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
