/**
 * Trains on WebGPU in Node.js: state that stays on the device, then gradients and losses of oracle folders against PyTorch's.
 *
 *     npm run check:device [-- DIR…] [--own]       CHROMIUM=/path/to/chromium if it is not at /usr/bin/chromium
 *
 * The GPU is Chromium's software Vulkan (SwiftShader), so that none has to be there; it is slow, most of all in compiling. --own
 * takes the machine's own. Without DIR the oracles are those of ../shared/oracles, if there are any. Where there is no
 * Chromium the check says so and passes.
 */
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { inRepository } from "./paths.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { own: { type: "boolean", default: false } },
});
const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** The folder of Chromium's Vulkan: its loader, its driver, and the file that names that. */
function softwareVulkan(): string | undefined {
  const folders = [...(existsSync(chromium) ? [dirname(realpathSync(chromium))] : []), "/usr/lib/chromium"];
  return folders.find((folder) =>
    ["vk_swiftshader_icd.json", "libvulkan.so.1"].every((file) => existsSync(join(folder, file))),
  );
}

/** The variables under which the runtime finds the GPU: read when a process starts, so all is done in others. */
function environment(): NodeJS.ProcessEnv | undefined {
  if (values.own) return process.env;
  const folder = softwareVulkan();
  if (folder === undefined) return undefined;
  const libraries = [folder, process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":");
  return { ...process.env, LD_LIBRARY_PATH: libraries, VK_DRIVER_FILES: join(folder, "vk_swiftshader_icd.json") };
}

const env = environment();
if (!env) {
  console.log(
    `skipped: there is no Chromium with a software Vulkan at ${chromium}; set CHROMIUM to its path, or give --own`,
  );
  process.exit(0);
}
const run = (script: string, args: readonly string[]): boolean =>
  spawnSync(process.execPath, [inRepository(`scripts/dist/${script}`), ...args], { env, stdio: "inherit" }).status ===
  0;

let ok = run("device-state.js", ["webgpu"]);
const usual = inRepository("../shared/oracles");
const folders = positionals.length > 0 ? positionals : existsSync(usual) ? [usual] : [];
if (folders.length === 0) console.log("no oracles: skipped");
else ok = run("check-oracles.js", [...folders, "--device", "webgpu"]) && ok;
process.exit(ok ? 0 : 1);
