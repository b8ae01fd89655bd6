/**
 * Writes docs/options.md from the table of options.
 *
 *     npx tsc -b && node scripts/option-table.js
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { optionsDocument } from "../packages/taskhead/dist/options/documentation.js";

const target = fileURLToPath(new URL("../docs/options.md", import.meta.url));
writeFileSync(target, await format(optionsDocument(), { parser: "markdown", printWidth: 120 }));
console.log("options → docs/options.md");
