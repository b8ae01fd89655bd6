/**
 * Writes docs/options.md from the table of options.
 *
 *     npm run docs:options
 */
import { writeFileSync } from "node:fs";
import { optionsDocument } from "#taskhead/options/documentation.js";
import { format } from "prettier";
import { inRepository } from "./paths.js";

writeFileSync(
  inRepository("docs/options.md"),
  await format(optionsDocument(), { parser: "markdown", printWidth: 120 }),
);
console.log("options → docs/options.md");
