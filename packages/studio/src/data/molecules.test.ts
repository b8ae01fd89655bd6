import { expect, test } from "vitest";
import { areRows, inColumns, whatIsIn, type GivenSamples } from "./given.js";
import type { RowKind } from "./sheet.js";

async function given(content: string): Promise<GivenSamples & { readonly kind: RowKind }> {
  const found = await whatIsIn([{ path: "m.csv", file: new Blob([content]) }]);
  if (!("kind" in found) || !areRows(found)) throw new Error("no table");
  return found;
}

test("a table with a column of SMILES is one of molecules, whose task is guessed", async () => {
  const numbers = await given("id,smiles,logS\n1,CCO,1.5\n2,,2\n3,c1ccccc1,\n");
  expect(numbers).toMatchObject({
    kind: "molecules",
    sheet: { task: "regression" },
    found: {
      task: "regression",
      outputs: ["logS"],
      texts: [
        { name: "m.csv:2", text: "CCO", target: [1.5] },
        { name: "m.csv:4", text: "c1ccccc1", target: [NaN] },
      ],
      chosen: { text: ["smiles"], targets: ["logS"] },
    },
  });
  expect(numbers.found!.said).toMatch(/^reads molecules from column 'smiles' and numbers from column 'logS' of m\.csv/);
  expect(numbers.found!.notes).toEqual(["skipped m.csv:3: 'smiles' is empty"]);
  const labels = await given("Canonical_SMILES,nr,sr\nCCO,1,0\nCCN,,1\nCC,0,\n");
  expect(labels).toMatchObject({ kind: "molecules", sheet: { task: "multi-label" }, found: { outputs: ["nr", "sr"] } });
});

test("what rows are can be chosen", async () => {
  const table = "structure,text,label\nCCO,ethanol,a\nCC,ethane,b\n";
  const texts = await given(table);
  expect(texts).toMatchObject({ kind: "texts", found: { texts: [{ text: "ethanol" }, {}] } });
  expect(await inColumns(texts.sheet!.content, { rows: "molecules" })).toMatchObject({
    kind: "molecules",
    found: { texts: [{ text: "CCO" }, { text: "CC" }], chosen: { text: ["structure"], targets: ["label"] } },
  });
  const none = await given("a,smiles,smiles2\nx,CC,CO\n");
  expect(none).toMatchObject({ kind: "molecules", found: null });
  expect(none.fault).toMatch(/only one class|no column of classes|several columns/);
});
