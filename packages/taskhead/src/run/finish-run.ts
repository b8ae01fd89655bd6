import type { TuneResults } from "@taskhead/core";
import { startOptions, writeJson, writeText, type Origin } from "@taskhead/core/internals";
import type { Listener } from "../data/listener.js";
import { shownPlace } from "../files/hub-address.js";
import { licenceOf } from "../files/licence.js";
import { packageVersion } from "../files/version.js";
import { following, openWriters } from "../logs/index.js";
import { plainOptions, type TuneOptions } from "../options/options.js";
import { renderReport } from "../report/index.js";
import { writeSides } from "./earlier-run.js";
import { writeLabels } from "./labels.js";
import { modelCard, type Described } from "./model-card.js";
import { picturesOf } from "./pictures.js";
import type { Prepared } from "./prepare.js";
import { picturesKey } from "./run-folder.js";

/** Who runs a command. */
export interface Caller extends Listener {
  /** The command line, for the report. */
  commandLine: string;
}

/** What a run's results say of where it comes from. */
export function originOf(prepared: Prepared, options: TuneOptions, { commandLine }: Caller): Origin {
  return {
    version: packageVersion(),
    command: commandLine,
    backbone: shownPlace(options.backbone),
    options: effectiveOptions(options, prepared),
  };
}

/** A run with whoever logs it; nobody, unless that is asked for. */
export function followed(prepared: Prepared, { log, out }: TuneOptions): Prepared {
  return log.length > 0 ? { ...prepared, follower: following(openWriters(log, out)) } : prepared;
}

/** What people read of a run, beside its results. */
export async function finishRun(prepared: Prepared, { backbone }: TuneOptions, results: TuneResults): Promise<void> {
  await writeSides(prepared);
  if (results.best) await writeModelCard(prepared, backbone, results);
  await writeLabels(prepared, results.labels);
  const pictures = await picturesOf(results, prepared);
  if (pictures) await writeJson(prepared.store, picturesKey, pictures);
  await writeText(prepared.store, "report.html", renderReport(results, pictures));
}

/** The card beside an exported model. @param backbone its model file, beside which a licence may be said */
export async function writeModelCard(
  { kind, store }: Pick<Prepared, "kind" | "store">,
  backbone: string,
  described: Described,
): Promise<void> {
  await writeText(store, "model/README.md", modelCard(described, kind.card, await licenceOf(backbone)));
}

/** The options as plain values, for the report. */
export function effectiveOptions(
  options: TuneOptions,
  { reading, network }: Pick<Prepared, "reading"> & { network: Pick<Prepared["network"], "start"> },
): Record<string, string | number | boolean | null> {
  return { ...plainOptions(options), ...reading.options, ...startOptions(network.start) };
}
