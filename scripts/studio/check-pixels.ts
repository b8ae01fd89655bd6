import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createEngine } from "@taskhead/core";
import { createResizer, plainPreprocessing } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import { decodeImage } from "#taskhead/images/pixels/decode.js";
import { pictures } from "../pictures.js";
import { keptFile, keptProject, probed, type Tabs } from "./tabs.js";

const side = 32;

/**
 * Pictures of every format, decoded and resized in the tab and here: the bytes that it trains on are compared. How far two
 * decoders may be apart is what scripts/pictures.ts says of each picture.
 */
export async function checkPixels(tabs: Tabs, folder: string): Promise<void> {
  const readable = (await pictures()).filter(({ browser }) => typeof browser === "number");
  const names = new Map<string, number>();
  readable.forEach(({ name, content, browser }, i) => {
    const place = join(i % 2 === 0 ? "even" : "odd", name);
    mkdirSync(dirname(join(folder, place)), { recursive: true });
    writeFileSync(join(folder, place), content);
    names.set(name, browser as number);
  });
  const page = await tabs.tab();
  await probed(page, { folder });
  const project = await keptProject(page);
  const theirs = await keptFile(page, "samples.bin");
  const resize = await createResizer(createEngine(ort), plainPreprocessing(side));
  const size = 3 * side * side;
  let [same, worst] = [0, 0];
  const wrong: string[] = [];
  for (const [i, path] of project.names.entries()) {
    const { data, width, height } = await decodeImage(join(folder, path.split("/").slice(-2).join("/")));
    const ours = await resize(data, width, height);
    let most = 0;
    for (let k = 0; k < size; k++) most = Math.max(most, Math.abs(ours[k]! - theirs[i * size + k]!));
    if (most === 0) same++;
    worst = Math.max(worst, most);
    if (most > names.get(path.split("/").at(-1)!)!) wrong.push(`${path} by ${most}`);
  }
  tabs.check(
    "pixels in the tab are Node's",
    wrong.length === 0 && project.names.length === readable.length,
    wrong.join(", ") ||
      `${project.names.length} pictures, ${same} of them byte by byte, the others within ${worst} of 255`,
  );
  await page.context().close();
}
