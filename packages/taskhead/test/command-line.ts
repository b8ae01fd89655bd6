import { Writable } from "node:stream";
import { run } from "../src/commands/program.js";

/** Runs one command line in this process, and gives back its exit code and what it wrote. */
export async function taskhead(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const text = { out: "", err: "" };
  const sink = (name: "out" | "err") =>
    new Writable({
      write(chunk, _encoding, done) {
        text[name] += String(chunk);
        done();
      },
    });
  const code = await run(argv, { stdout: sink("out"), stderr: sink("err") });
  return { code, ...text };
}
