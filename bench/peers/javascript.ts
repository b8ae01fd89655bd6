/**
 * The peers in JavaScript, on their WebAssembly backends: `node javascript.js LIBRARY KIND BATCH FOLDER` prints
 * a measurement, or fails with what the library lacks.
 *
 * LIBRARY is tensorflow or jax; KIND is darknet (the training step at 64 pixels, images a second) or probe (an epoch of
 * probing 3,000 cached features of width 128, epochs a second). FOLDER is where they were installed:
 * `npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm @jax-js/jax`.
 */
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { print, secondsOf } from "../measurement.js";
import { median } from "../statistics.js";
import { jax } from "./jax.js";
import { tensorflow } from "./tensorflow.js";
import type { Library } from "./work.js";

const libraries: Readonly<Record<string, Library>> = { tensorflow, jax };

const [name = "", kind, batchText, folder] = process.argv.slice(2);
const library = libraries[name];
if (!library) throw new Error(`no library '${name}'; there are ${Object.keys(libraries).join(", ")}`);
if ((kind !== "darknet" && kind !== "probe") || !folder)
  throw new Error("give what to run: node javascript.js LIBRARY darknet|probe BATCH FOLDER");
const batch = Number(batchText);

const turn = await library(createRequire(join(resolve(folder), "package.json")), kind, batch);
await turn();
const seconds: number[] = [];
const began = performance.now();
while (seconds.length < 3 || (performance.now() - began < 5000 && seconds.length < 30))
  seconds.push(await secondsOf(turn));
print((kind === "probe" ? 1 : batch) / median(seconds));
process.exit(0);
