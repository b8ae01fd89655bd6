import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { contentOfTexts } from "./text-source.js";
import { scanTexts } from "./scan-texts.js";

const shared = fileURLToPath(new URL("../../../../../shared/data", import.meta.url));

/** By Python 3.11's csv.DictReader: rows, characters (code points) of all texts, different texts, classes. */
const expected = [
  ["banking77/train.csv", 10003, 594916, 10003, 77],
  ["banking77/test.csv", 3080, 167036, 3080, 77],
  ["trec6/train.csv", 5000, 254077, 5000, 6],
  ["trec6/test.csv", 490, 17726, 490, 6],
  ["cola/train.csv", 5000, 204304, 4998, 2],
  ["cola/test.csv", 523, 20853, 523, 2],
  ["cola-ood/test.csv", 516, 22642, 513, 2],
  ["sst2/train.csv", 5000, 519356, 5000, 2],
  ["sst2/test.csv", 1819, 188068, 1819, 2],
  ["cr-ood/test.csv", 2000, 192817, 2000, 2],
] as const;

describe.skipIf(!existsSync(shared))("data sets beside the project (skipped where ../shared is not there)", () => {
  it.each(expected)("%s has %i texts", async (file, count, characters, different, classes) => {
    const source = await scanTexts(`${shared}/${file}`, { task: "classification" });
    expect(source.refused).toEqual([]);
    expect([
      source.samples.length,
      source.samples.reduce((sum, { text }) => sum + [...text].length, 0),
      new Set(contentOfTexts(source).keys).size,
      source.outputs.length,
    ]).toEqual([count, characters, different, classes]);
  });
});
