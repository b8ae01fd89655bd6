import { pushModel } from "../hub/push.js";
import { findModel } from "../run/exported-model.js";
import { withNothingWritten } from "../run/interrupted.js";
import { callerOf, type Context } from "./context.js";
import type { PushCommandOptions } from "./tables.js";

/** `taskhead push`: the model's address on the hub, or one JSON object, on standard output. */
export async function pushCommand(
  run: string,
  name: string,
  { json, revision, message, private: hidden }: PushCommandOptions,
  context: Context,
): Promise<void> {
  const { folder } = await findModel(run);
  const pushed = await pushModel(folder, { name, revision, message, private: hidden }, callerOf(context)).catch(
    (error: unknown): never => {
      throw withNothingWritten(error);
    },
  );
  if (json) return context.print(JSON.stringify(pushed));
  if (pushed.removed.length > 0) context.print(`removed of an earlier model: ${pushed.removed.join(", ")}`);
  context.print(`model:  ${pushed.url}`);
  context.print(`commit: ${pushed.commit}`);
}
