import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** Writes the address of every module that is loaded to standard error, a line each. */
const tell = `import { writeSync } from "node:fs";
export async function load(url, context, next) { writeSync(2, "loads " + url + "\\n"); return next(url, context); }`;
const watching = `import { register } from "node:module"; register(${JSON.stringify(asUrl(tell))});`;

function asUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

async function loadedFor(...argv: string[]): Promise<string[]> {
  const { stderr } = await promisify(execFile)(process.execPath, ["--import", asUrl(watching), program, ...argv]);
  return [...stderr.matchAll(/^loads (.*)$/gm)].map(([, url]) => url!);
}

it("help and the version load the table of options and little else", async () => {
  for (const argv of [["--version"], ["tune", "--help"]]) {
    const loaded = await loadedFor(...argv);
    expect(loaded.filter((url) => url.endsWith("/options/table.js"))).toHaveLength(1);
    expect(
      loaded.filter((url) => /onnxruntime|sharp|echarts|zod|yaml|protobuf|cli-|csv|bullmq|ioredis/.test(url)),
    ).toEqual([]);
    expect(loaded.length).toBeLessThan(80);
  }
});
