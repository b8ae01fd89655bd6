#!/usr/bin/env node
/** The command. npm links this file when it installs, which in a clone is before the build has made `dist`. */
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error("taskhead is not built: run `npm run build` in its repository first");
  process.exitCode = 2;
}
