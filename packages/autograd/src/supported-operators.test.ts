import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { operatorTable } from "./supported-operators.js";

it("is what docs/operators.md lists (`npm run docs:operators` writes it)", () => {
  const text = readFileSync(new URL("../../../docs/operators.md", import.meta.url), "utf8");
  const listed = [...text.matchAll(/^\| `(.+?)` +\| (.+?) +\|$/gm)].map(([, name, how]) => ({ name, how }));
  const families = operatorTable();
  expect(listed.map((row) => row.name)).toEqual(families.map((row) => row.name));
  listed.forEach((row, i) => expect(row.how).toContain(families[i]!.family.replace(" away", "")));
});
