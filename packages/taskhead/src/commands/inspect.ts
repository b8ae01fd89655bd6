import { readModelFile } from "../files/model-file.js";
import { modelFileIn } from "../files/model-folder.js";
import type { Context } from "./context.js";
import { describeInspection } from "./inspection-text.js";
import { inspectModel, type Inspecting } from "./inspection.js";

/** `taskhead inspect`: what a model holds, and what of it can be trained. */
export async function inspect(
  path: string,
  options: Inspecting & { json: boolean },
  context: Pick<Context, "print">,
): Promise<void> {
  const file = modelFileIn(path);
  const inspection = await inspectModel(file, await readModelFile(file), options);
  context.print(options.json ? JSON.stringify(inspection) : describeInspection(inspection));
}
