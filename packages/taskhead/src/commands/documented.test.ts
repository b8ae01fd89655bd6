import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { createProgram } from "./program.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(`${root}docs`).map((name) => `docs/${name}`),
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`),
].filter((page) => page.endsWith(".md"));

/** Command lines that a page shows: lines of code blocks, and whole spans of code. */
function commandsOf(page: string): { taskhead: string[]; scripts: string[] } {
  const text = readFileSync(root + page, "utf8").replace(/\\\n\s*/g, " ");
  const code = [...text.matchAll(/^(?: {4}|\$ )(.*)$/gm), ...text.matchAll(/`([^`\n]+)`/g), ...fenced(text)].map(
    ([, line]) => line!.trim().replace(/\s+#.*$/, ""),
  );
  const parts = code.flatMap((line) => line.split(/\s+&&\s+/));
  // Of containers.
  const lists = [...text.matchAll(/command: \[taskhead, (.*)\]/g)].map(([, list]) => list!.split(", ").join(" "));
  return {
    taskhead: [...parts.flatMap((line) => /^(?:npx )?taskhead ([a-z-].*)$/.exec(line)?.[1] ?? []), ...lists],
    scripts: parts.flatMap((line) => /^npm (?:run (?:-s |--silent )?)?([a-z:]+)(?: |$)/.exec(line)?.[1] ?? []),
  };
}

function fenced(text: string): RegExpMatchArray[] {
  return [...text.matchAll(/^```(?:sh|bash|shell|console)?\n(.*?)^```/gms)].flatMap(([, block]) => [
    ...block!.matchAll(/^(.*)$/gm),
  ]);
}

/** As a shell splits it: words, some in quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c!);
}

/** What is wrong with a command line; empty where its options are good. */
async function wrongWith(line: string): Promise<string> {
  let said = "";
  const sink = new Writable({ write: (chunk, _, done) => ((said += String(chunk)), done()) });
  try {
    await createProgram(
      { stdout: new Writable({ write: (_, __, done) => done() }), stderr: sink },
      () => {},
    ).parseAsync(words(line), { from: "user" });
    return "";
  } catch (error) {
    const { exitCode, message } = error as Error & { exitCode?: number };
    return exitCode === 0 ? "" : said || message;
  }
}

it.each(pages)("the commands in %s have the options that they are shown with", async (page) => {
  const { taskhead, scripts } = commandsOf(page);
  const wrong: Record<string, string> = {};
  for (const line of taskhead) {
    // A command alone is a name in a sentence.
    const problem = /\s/.test(line) ? await wrongWith(line) : "";
    // The options of a run that is gone on from are in its folder, which is not here.
    if (problem && !problem.includes("is no finished run")) wrong[line] = problem;
  }
  expect(wrong).toEqual({});
  const known = Object.keys((JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: object }).scripts);
  const own = ["ci", "install", "i", "init", "pack", "publish"];
  expect(scripts.filter((name) => !known.includes(name) && !own.includes(name))).toEqual([]);
});

it("finds the commands of the README, and what is wrong with one", async () => {
  expect(await wrongWith("tune photos --backbone m --seeds 2")).toContain(
    "unknown option '--seeds' (Did you mean --seed?)",
  );
  expect(await wrongWith("sweep photos --backbone m --seed 2")).toContain(
    "unknown option '--seed' (Did you mean --seeds?)",
  );
  expect(await wrongWith("sweep photos --backbone m --seeds 2")).toContain("could be 2 seeds or the seed 2");
  expect(commandsOf("docs/sweep.md").taskhead).toContain(
    'worker --store /store --concurrency "4" --idle "300" --cache /cache',
  );
  const { taskhead, scripts } = commandsOf("README.md");
  expect(taskhead.length).toBeGreaterThan(6);
  expect(scripts).toEqual(expect.arrayContaining(["ci", "demo", "test"]));
});
