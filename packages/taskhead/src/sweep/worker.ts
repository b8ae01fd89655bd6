import type { TuneEvent } from "@taskhead/core";
import { UserError } from "../files/errors.js";
import { asFlags } from "../options/rephrase.js";
import { InterruptedError } from "../run/interrupted.js";
import { openRunFolder } from "../run/run-folder.js";
import type { Reply, Request } from "./pool.js";
import { runTrial } from "./run-trial.js";
import { inRunFolder, Workbench } from "./workbench.js";

/** A process of a sweep: opens the workbench, then runs the trials that it is sent, until it is let go. */

const stop = new AbortController();
let bench: Promise<Workbench> | undefined;
let model = "";

// Both reach whole groups of processes; the sweep says what becomes of the trials.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
// Also when the sweep was killed: what is saved is enough to go on from.
process.on("disconnect", () => process.exit());
process.on("message", (request: Request) => {
  if ("stop" in request) stop.abort(new InterruptedError());
  else if ("open" in request) {
    const { open, threads } = request;
    model = open.groups[0]!.backbone;
    bench = Workbench.open(open, { onProgress: tell, signal: stop.signal }, threads, inRunFolder(openRunFolder));
    // Said with the first trial.
    bench.catch(() => {});
  } else void answer(request);
});

/** What was damaged is told here, on the sweep's own standard error; the sweep itself has told of the images. */
function tell(event: TuneEvent): void {
  if (event.kind === "message" && event.damaged) process.stderr.write(`${event.text}\n`);
}

async function answer({ trial, epochs }: Extract<Request, { epochs: number }>): Promise<void> {
  const run = async (): Promise<Reply> => ({ done: await runTrial(await bench!, trial, epochs) });
  const reply = await asFlags(model, run).catch(failure);
  process.send!(reply);
}

function failure(error: unknown): Reply {
  if (error instanceof InterruptedError) return { interrupted: true };
  return { failed: error instanceof Error ? error.message : String(error), user: error instanceof UserError };
}
