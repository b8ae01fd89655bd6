import { Writable } from "node:stream";
import { run } from "../src/commands/program.js";

/** Runs one command line in this process, and gives back its exit code and what it wrote. */
export function taskhead(...argv: string[]): Promise<Ended> {
  return heard(() => {}, ...argv);
}

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Likewise. @param hear is called whenever it writes something */
export async function heard(hear: () => void, ...argv: string[]): Promise<Ended> {
  const text = { out: "", err: "" };
  const sink = (name: "out" | "err") =>
    new Writable({
      write(chunk, _encoding, done) {
        text[name] += String(chunk);
        hear();
        done();
      },
    });
  const code = await run(argv, { stdout: sink("out"), stderr: sink("err") });
  return { code, ...text };
}
