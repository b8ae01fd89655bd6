import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { run } from "../commands/program.js";
import { outputTo } from "./output.js";

function failing(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code, syscall: "write" })),
  });
}

function collecting(): { stream: Writable; text: () => string } {
  let all = "";
  const stream = new Writable({ write: (chunk, _encoding, done) => ((all += String(chunk)), done()) });
  return { stream, text: () => all };
}

test("a reader that has gone is no fault", async () => {
  const output = outputTo(failing("EPIPE"));
  output.write("a");
  await output.end();
  output.write("b");
});

test("a full disk is said, with exit code 2", async () => {
  const err = collecting();
  expect(await run(["theory", "--help"], { stdout: collecting().stream, stderr: err.stream })).toBe(0);
  const output = outputTo(failing("ENOSPC"));
  output.write("a");
  await expect(output.end()).rejects.toMatchObject({ code: "ENOSPC" });
});

test("nobody need read what is said beside the results", async () => {
  expect(await run(["inspect", "none.onnx"], { stdout: collecting().stream, stderr: failing("EPIPE") })).toBe(2);
});

test("what is written is there at the end", async () => {
  const { stream, text } = collecting();
  const output = outputTo(stream);
  output.write("a");
  output.write("b");
  await output.end();
  expect(text()).toBe("ab");
});
