#!/usr/bin/env node
import { systemFault } from "./files/system-errors.js";

try {
  const { run } = await import("./commands/program.js");
  process.exitCode = await run(process.argv.slice(2));
  // All is said and done: what a library still tries, of a queue that is away for ever, keeps the process no longer.
  setTimeout(() => process.exit(), 1000).unref();
} catch (error) {
  // A program is many files, and some shells allow few to be open at once.
  const fault = systemFault(error);
  if (fault === undefined) throw error;
  process.stderr.write(`taskhead: ${fault}\n`);
  process.exitCode = 2;
}
