import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

it("ends once all is said, whatever a library still tries", { timeout: 60_000 }, async () => {
  const tries = "data:text/javascript,setInterval(() => {}, 1000)";
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", tries, main, "--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
});
