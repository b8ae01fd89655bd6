/**
 * Packs every package, lints the tarballs (publint, arethetypeswrong), installs them in an empty project without running
 * any script, and uses them there: a whole tuning, and what it exported.
 *
 *     npm run check:packages
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inRepository } from "./paths.js";

const windows = process.platform === "win32";

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(windows ? `${command}.cmd` : command, args, { cwd, stdio: "inherit", shell: windows });
}

/** The studio's page is in the package, with the runtime that it takes. */
async function serves(at: string): Promise<void> {
  const studio = spawn("npx", ["taskhead", "studio", "--no-open"], { cwd: at, shell: windows, detached: !windows });
  try {
    const line = await new Promise<string>((resolve, reject) => {
      studio.stdout.on("data", (text: Buffer) => resolve(text.toString()));
      studio.on("exit", (code) => reject(new Error(`the studio ended with ${code}`)));
    });
    const [address] = /http:\S+/.exec(line) ?? [];
    const page = await (await fetch(address!)).text();
    if (!page.includes("taskhead studio")) throw new Error(`${address} is not the studio's page`);
    console.log(`studio: ${address} answers`);
  } finally {
    studio.removeAllListeners("exit");
    if (windows) studio.kill();
    else process.kill(-studio.pid!, "SIGINT");
  }
}

const root = inRepository(".");
const folder = mkdtempSync(join(tmpdir(), "taskhead-packed-"));
try {
  for (const name of ["autograd", "core", "taskhead"]) {
    const at = join(root, "packages", name);
    run("npx", ["publint", "--strict", at], root);
    run("npm", ["pack", "--silent", "--pack-destination", folder], at);
  }
  const tarballs = readdirSync(folder).map((file) => join(folder, file));
  for (const tarball of tarballs) run("npx", ["attw", tarball, "--profile", "esm-only"], root);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs], folder);
  writeFileSync(
    join(folder, "use.js"),
    `import { tune } from "taskhead"; import { probe } from "@taskhead/core"; import { supportedOperators } from "@taskhead/autograd";
console.log(typeof tune, typeof probe, supportedOperators().length);`,
  );
  run("node", ["use.js"], folder);
  run("npx", ["taskhead", "--help"], folder);
  run("npx", ["taskhead", "demo", "--epochs", "1", "--out", "demo"], folder);
  run("npx", ["taskhead", "predict", "demo/run", "demo/images/test/arrow"], folder);
  run("npx", ["taskhead", "evaluate", "demo/run", "demo/images/test"], folder);
  run("npx", ["taskhead", "demo-text", "--epochs", "1", "--out", "demo-text"], folder);
  run("npx", ["taskhead", "predict", "demo-text/run", "demo-text/texts/test.csv"], folder);
  await serves(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
