import { join } from "node:path";
import { drawFolders } from "#taskhead/demo/folders.js";
import { checkResumed, probed, settledText, tableOf, tuned, type Tabs } from "./tabs.js";

/** What a worker of an older Safari lacks: before 26 files are written by its handles alone. */
const withoutStreams = "delete FileSystemFileHandle.prototype.createWritable";
/** As in private windows of some browsers. */
const withoutFiles = "delete StorageManager.prototype.getDirectory";

/** Browsers that lack what Chromium has: one that writes its files in another way does the same, one that keeps none says so. */
export async function checkOtherBrowsers(tabs: Tabs, folder: string): Promise<void> {
  await drawFolders(folder, 0);
  const train = join(folder, "train");
  const page = await tabs.tab();
  await probed(page, { folder: train });
  await tuned(page, 3);
  const undisturbed = await tableOf(page);
  await page.context().close();
  const given = { folder: train };
  await checkResumed(tabs, "a tab without streams, loaded again,", { given, before: withoutStreams }, 3, undisturbed);

  const none = await tabs.tab("", withoutFiles);
  await none.setInputFiles("[data-testid=folder]", train);
  await none.waitForSelector("[data-testid=given]");
  await none.click("button.main:has-text('Probe')");
  const isSaid = (text: string): boolean => /keeps no files for the page/.test(text);
  const said = await settledText(none, ".fault:not([hidden]) >> nth=0", isSaid).catch(String);
  tabs.check("where no files are kept, it is said", isSaid(said), said);
  await none.context().close();
}
