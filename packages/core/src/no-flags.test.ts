import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL(".", import.meta.url));

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
);

const comments = /\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm;

test("core speaks of options, never of a command line's flags", () => {
  expect(files.length).toBeGreaterThan(50);
  const flags = files.flatMap((file) =>
    readFileSync(`${source}/${file}`, "utf8")
      .replace(comments, "")
      .split("\n")
      .filter((line) => /--[a-z]/i.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(flags).toEqual([]);
});
