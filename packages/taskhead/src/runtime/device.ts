import { fastestDevice, type Device } from "@taskhead/core";
import { lackOf } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import type { NodeDevice, TuneOptions } from "../options/table.js";
import type { Runtime } from "./runtime.js";

/**
 * The device that a choice comes to on this machine.
 * @throws {UserError} if it does not compute here
 */
export async function deviceFor(runtime: Runtime, asked: TuneOptions["device"]): Promise<NodeDevice> {
  if (asked === "auto") return (await fastestDevice(runtime)) as NodeDevice;
  if (asked !== "cpu") await requireDevice(runtime, asked);
  return asked;
}

async function requireDevice(runtime: Runtime, device: Device): Promise<void> {
  const lacks = await lackOf(runtime, device);
  if (lacks !== undefined)
    throw new UserError(
      `--device ${device} does not compute here: ${lacks}; or give --device cpu (taskhead devices lists all)`,
    );
}
