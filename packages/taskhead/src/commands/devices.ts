import { fastestDevice, findDevices } from "@taskhead/core";
import { loadRuntime } from "../runtime/runtime.js";
import { table } from "../terminal/table.js";
import type { Context } from "./context.js";

/** `taskhead devices`: what this machine computes on, whether in float16 too (`--precision fp16`), and what each of the others lacks. */
export async function devicesCommand(options: { json: boolean }, context: Pick<Context, "print">): Promise<void> {
  const runtime = await loadRuntime();
  const devices = await findDevices(runtime);
  const auto = await fastestDevice(runtime, devices);
  if (options.json) return context.print(JSON.stringify({ devices, auto }));
  const rows = devices.map(({ device, lacks, halfPrecision = false }) => [
    device,
    lacks === undefined ? "yes" : "no",
    halfPrecision ? "yes" : "no",
    lacks ?? (device === auto ? "what auto is here" : ""),
  ]);
  context.print(table(["device", "computes", "fp16", ""], rows, { left: [0, 1, 2, 3] }));
}
