/**
 * The studio from end to end, in Chromium: pictures and texts are given, probed, fine-tuned, stopped in the middle and gone on
 * with after the tab was loaded again; models answer and are downloaded, and the files are scored by onnxruntime-node, read by
 * `taskhead predict`, `taskhead evaluate` and by transformers.js. A model is fetched by its id from a hub on this machine, a GPU is lost on the way,
 * pictures are compared with Node's pixel by pixel, all requests are recorded, and axe looks at the page.
 *
 *     npm run check:studio [-- [FOLDER_FOR_SCREENSHOTS] [--figures]]     CHROMIUM=/path/to/chromium if it is not at /usr/bin/chromium
 *
 * `--figures` measures instead: steps a second in the tab and in Node, memory over a thousand steps, and the first paint.
 * Exits non-zero if anything is not as it should be.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveStudio } from "#taskhead/studio/serve.js";
import { checkAskingTab } from "./studio/check-asking-tab.js";
import { checkFaultsTab } from "./studio/check-faults-tab.js";
import { checkGpu } from "./studio/check-gpu.js";
import { checkGraphsTab } from "./studio/check-graphs-tab.js";
import { checkHub } from "./studio/check-hub.js";
import { checkKeysTab } from "./studio/check-keys-tab.js";
import { checkLabelledTab } from "./studio/check-labelled-tab.js";
import { checkLicences } from "./studio/check-licences.js";
import { checkMasksTab } from "./studio/check-masks-tab.js";
import { checkMoleculesTab } from "./studio/check-molecules-tab.js";
import { checkOtherBrowsers } from "./studio/check-other-browsers.js";
import { checkPicturesTab } from "./studio/check-pictures-tab.js";
import { checkPixels } from "./studio/check-pixels.js";
import { checkSetsTab } from "./studio/check-sets-tab.js";
import { checkStatic } from "./studio/check-static.js";
import { checkParquetTab, checkTablesTab } from "./studio/check-tables-tab.js";
import { checkSweepTab } from "./studio/check-sweep-tab.js";
import { checkTagsTab } from "./studio/check-tags-tab.js";
import { checkTextsTab } from "./studio/check-texts-tab.js";
import { checkWeightsTab } from "./studio/check-weights-tab.js";
import { measure } from "./studio/figures.js";
import { Tabs } from "./studio/tabs.js";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.log(`skipped: there is no Chromium at ${executablePath}; set CHROMIUM to its path`);
  process.exit(0);
}
const args = process.argv.slice(2);
const shots = args.find((arg) => !arg.startsWith("--"));
/** For who works on one of them: `--only=texts`. */
const only = args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
const parts: Readonly<Record<string, (tabs: Tabs, folder: string) => Promise<void>>> = args.includes("--figures")
  ? { figures: measure }
  : {
      pictures: checkPicturesTab,
      texts: checkTextsTab,
      tags: checkTagsTab,
      masks: checkMasksTab,
      asking: checkAskingTab,
      molecules: checkMoleculesTab,
      graphs: checkGraphsTab,
      tables: checkTablesTab,
      parquet: checkParquetTab,
      sets: checkSetsTab,
      labelled: checkLabelledTab,
      sweep: checkSweepTab,
      weights: checkWeightsTab,
      faults: checkFaultsTab,
      keys: checkKeysTab,
      others: checkOtherBrowsers,
      pixels: checkPixels,
      licences: checkLicences,
    };
const folder = mkdtempSync(join(tmpdir(), "studio-"));
let failed = 0;
try {
  const { server, address } = await serveStudio(0);
  const tabs = await Tabs.open(executablePath, address, shots);
  try {
    for (const [name, part] of Object.entries(parts))
      if (only === undefined || only === name) await part(tabs, join(folder, name));
    const origins = [...tabs.asked].filter((origin) => origin !== new URL(address).origin && origin !== "null");
    tabs.check("nothing is asked of others", origins.length === 0, origins.join(" ") || "nothing");
  } finally {
    await tabs.close();
    server.closeAllConnections();
    server.close();
  }
  failed += tabs.failed;
  if (!args.includes("--figures")) {
    if (only === undefined || only === "hub") failed += await checkHub(executablePath, join(folder, "hub"), shots);
    if (only === undefined || only === "static")
      failed += await checkStatic(executablePath, join(folder, "static"), shots);
    if (only === undefined || only === "gpu") failed += await checkGpu(executablePath, join(folder, "gpu"), shots);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
