import type { Engine } from "../engine/engine.js";
import { SettingError } from "./settings/errors.js";
import type { Settings } from "./settings/index.js";

/** @throws {SettingError} if fine-tuning is to compute in float16 on a device that has no products of it. */
export async function requirePrecision(
  engine: Pick<Engine, "device" | "halfPrecision">,
  { precision }: Pick<Settings, "precision">,
): Promise<void> {
  if (precision === "fp32" || (await engine.halfPrecision())) return;
  throw new SettingError(
    "precision",
    (named) =>
      `${named("precision")} ${precision} wants products in float16, and ${engine.device} has none here; leave it out, or compute on a GPU that has them`,
  );
}
