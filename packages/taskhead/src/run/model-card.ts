import { basename, dirname } from "node:path";
import type { Tau, TuneRow } from "@taskhead/core";
import {
  isAccuracy,
  methods,
  scoreError,
  type BestRun,
  type ExportedFile,
  type FoldsSummary,
  type Method,
  type ObjectiveName,
  type SetSummary,
  type TuneResults,
  energyAsked,
  isDialled,
} from "@taskhead/core/internals";
import type { KindCard } from "../data/kind.js";
import { hubSource, isHubAddress, readHubAddress, type HubAddress } from "../files/hub-address.js";
import type { Licence } from "../files/licence.js";
import { aheadInWords, blendedHow, exportedBlend } from "../words/blends.js";
import { formatScore, percent, plain, plural, rate, significant } from "../words/format.js";

/** What a card says of a run, or of the trial of a sweep whose model was exported. */
export interface Described extends Pick<
  TuneResults,
  "taskheadVersion" | "data" | "metric" | "options" | "method" | "folds" | "blends"
> {
  backbone: Pick<TuneResults["backbone"], "file" | "parameters" | "width">;
  best: BestOfCard | null;
  rows: readonly Pick<TuneRow, "tau" | "bestEpoch" | "energy" | "learningRate">[];
  /** Among what it was the best on validation, a sentence's end; unless it was no more than its own run's epochs and taus. */
  chosenAmong?: string;
}

type BestOfCard = Pick<
  BestRun,
  | "tau"
  | "epoch"
  | "blend"
  | "validationScore"
  | "validationError"
  | "testScore"
  | "testError"
  | "unseenTest"
  | "calibration"
  | "files"
>;

/**
 * README.md beside the exported model, with the metadata that the Hugging Face hub reads: what the model is, how to use
 * it, how it was made, and what it scored. Folders and files go by their last name alone; what is from the hub by its name there.
 * @param licence what is known of the backbone's
 */
export function modelCard(results: Described, { of = {}, ...usual }: KindCard, licence: Licence = {}): string {
  const { best, data } = results;
  const kind = { ...usual, ...of[data.objective] };
  if (!best) throw new Error("there is no model to describe: every run diverged");
  return plain(
    [
      "---",
      ...metadata(results, kind, licence),
      "---",
      "",
      `# ${nameOf(results.backbone.file)}, fine-tuned by taskhead`,
      "",
      whatItIs(results),
      "",
      "## Use",
      "",
      ...usage(results, kind),
      "",
      "## Scores",
      "",
      ...scores(results),
      "",
      "## How it was made",
      "",
      ...making(results, kind),
      "",
      "## Files",
      "",
      "| file | weights | size | validation | operator set | ONNX Runtime |",
      "| --- | --- | --- | --- | --- | --- |",
      ...best.files.map((file) => fileRow(file, results)),
      "",
      licence.license === undefined
        ? "The licence and the limits of the backbone hold for this model too; nothing is known here of either."
        : `The backbone's licence (${code(licence.license_name ?? licence.license)}) and its limits hold for this model too.`,
    ].join("\n"),
  ).concat("\n");
}

/** Whether transformers.js' pipelines answer as the task asks, by the highest logit. */
function isPiped(objective: ObjectiveName): boolean {
  return ["classification", "token-classification", "segmentation"].includes(objective);
}

function metadata({ data, metric, best, backbone, folds }: Described, kind: KindCard, licence: Licence): string[] {
  const classifies = isPiped(data.objective);
  const task = kind.pipeline;
  const { testScore, unseenTest } = best!;
  const [score, set] =
    testScore === null ? [best!.validationScore, data.validation] : [unseenTest?.score ?? testScore, data.test!];
  const base = fromHub(backbone.file);
  const trainedOn = data.train.path === null ? undefined : hubSource(data.train.path);
  const scoredOn = set.path === null ? undefined : hubSource(set.path);
  return [
    ...Object.entries(licence).map(([name, said]) => `${name}: ${quoted(said)}`),
    ...(base ? [`base_model: ${base.name}`, "base_model_relation: finetune"] : []),
    ...(trainedOn ? ["datasets:", `  - ${trainedOn.name}`] : []),
    classifies && kind.transformers ? "library_name: transformers.js" : "library_name: onnx",
    ...(data.objective === "regression" ? [] : [`pipeline_tag: ${task}`]),
    "tags:",
    ...["onnx", "taskhead"].map((tag) => `  - ${tag}`),
    "model-index:",
    `  - name: ${quoted(nameOf(backbone.file))}`,
    "    results:",
    "      - task:",
    `          type: ${task}`,
    "        dataset:",
    `          name: ${quoted(nameOfSet(set, set === data.validation ? folds : undefined))}`,
    `          type: ${scoredOn?.name ?? kind.dataset}`,
    "        metrics:",
    `          - type: ${isAccuracy(metric) ? "accuracy" : quoted(metric.name)}`,
    `            value: ${score}`,
  ];
}

/** A backbone from the hub is told by its address there, with the commit. */
function fromHub(file: string): HubAddress | undefined {
  const address = isHubAddress(file) ? readHubAddress(file, "model") : { wrong: file };
  return "wrong" in address ? undefined : address;
}

function nameOfSet({ path }: SetSummary, folds: FoldsSummary | undefined): string {
  if (folds) return `${folds.count}-fold cross-validation`;
  return path === null ? "validation, split from training" : (hubSource(path)?.name ?? basename(path));
}

/** On the hub all models are called `onnx/model.onnx`: the folder's name is what tells them apart. */
function nameOf(file: string): string {
  const base = fromHub(file);
  if (base) return base.name;
  if (!/^model(_\w+)?\.onnx$/.test(basename(file))) return basename(file);
  const folder = dirname(file);
  return basename(basename(folder) === "onnx" ? dirname(folder) : folder) || basename(file);
}

/** A string of JSON is one of YAML. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Names come from folders: nothing in them is markup. */
function code(text: string): string {
  const clean = text.replace(/[`|\r\n]+/g, " ").trim();
  return `\`${clean}\``;
}

function whatItIs({ data, backbone }: Described): string {
  const { objective, outputs, sample } = data;
  const base = fromHub(backbone.file);
  const many =
    outputs.length > 20
      ? `${outputs.slice(0, 20).map(code).join(", ")} and ${outputs.length - 20} more`
      : outputs.map(code).join(", ");
  const gives = {
    classification: `tells ${outputs.length} classes of ${sample}s apart: ${many}`,
    "multi-label": `says of ${sample}s which of ${plural(outputs.length, "label")} they have: ${many}`,
    regression: `gives ${plural(outputs.length, "number")} for each ${sample}: ${many}`,
    "token-classification": `gives each word of ${sample}s one of ${plural(outputs.length, "tag")}: ${many}`,
    segmentation: `tells for every pixel of ${sample}s which of ${outputs.length} classes it is: ${many}`,
  }[objective];
  return `An ONNX model that ${gives}. Its features come from ${code(nameOf(backbone.file))}${base ? ` of the Hugging Face hub at commit ${base.revision.slice(0, 12)}` : ""} (${significant(backbone.parameters, 3)} parameters, ${backbone.width} features).`;
}

function usage({ data }: Described, { pipeline, example, feeds, inside, sigmoid, transformers }: KindCard): string[] {
  const several = data.objective === "multi-label";
  const piped = transformers && (isPiped(data.objective) || (several && sigmoid));
  const call = [
    "```js",
    'import { pipeline } from "@huggingface/transformers";',
    "",
    `const classify = await pipeline("${pipeline}", "FOLDER_OR_REPOSITORY");`,
    `await classify(${example}${several ? ", { top_k: null }" : ""});`,
    "```",
    "",
  ];
  const after = {
    classification: "",
    "multi-label": ", of which the sigmoid is each label's probability",
    regression: ", in your own unit",
    "token-classification": ` [batch, sequence, ${data.outputs.length}]; a word's are those of its first token`,
    segmentation: ` [batch, ${data.outputs.length}, height, width], of the picture's size`,
  }[data.objective];
  const logits = `\`logits\`${piped ? "" : ` [batch, ${data.outputs.length}]`}`;
  const wrong =
    piped || !transformers
      ? ""
      : ` transformers.js' ${pipeline.replace("-", " ")} takes a softmax of them, which is wrong here.`;
  return [...(piped ? call : []), `In any ONNX Runtime: ${feeds} ${logits}${after}; ${inside}.${wrong}`];
}

function scores({ data, metric, best, folds }: Described): string[] {
  const { validation, test, sample } = data;
  const scored = (score: number, samples: number, error: number | null | undefined): string => {
    const known = error ?? scoreError(score, { metric, samples });
    return formatScore(score, metric) + (known === null ? "" : ` (standard error ${formatScore(known, metric)})`);
  };
  const of = folds
    ? `by ${folds.count}-fold cross-validation on ${plural(validation.count, sample)}, each as answered by a model that was not trained on it`
    : `on ${plural(validation.count, sample)} for validation, which chose the model`;
  const lines = [`- ${metric.name} ${of}: ${scored(best!.validationScore, validation.count, best!.validationError)}`];
  if (test && best!.testScore !== null)
    lines.push(
      `- ${metric.name} on ${plural(test.count, sample)} for testing: ${scored(best!.testScore, test.count, best!.testError)}`,
    );
  const unseen = best!.unseenTest;
  if (unseen)
    lines.push(
      `- ${metric.name} on the ${plural(unseen.count, sample)} of these that are not for training or validation as well: ${scored(unseen.score, unseen.count, unseen.error)}`,
    );
  const calibration = best!.calibration;
  if (calibration) {
    const set = calibration.test ? "test" : "validation";
    lines.push(
      `- expected calibration error on ${set} ${sample}s: ${percent((calibration.test ?? calibration.validation).before.ece)}`,
    );
  }
  return lines;
}

function making(results: Described, { made }: KindCard): string[] {
  const { best, rows, options, method, taskheadVersion, data, metric, chosenAmong } = results;
  const blend = exportedBlend(results);
  const row = rows.find(({ tau, bestEpoch }) => tau === best!.tau && bestEpoch === best!.epoch);
  const option = (name: string): string => String(options[name] ?? "not set");
  return [
    `- taskhead ${taskheadVersion}, method ${code(method)}, ${plural(data.train.count, data.sample)} for training, seed ${option("seed")}`,
    ...(made ? [`- ${made(options)}`] : []),
    `- ${probed(best!.tau, option("head"))}${trained(method, best!.epoch)}`,
    ...(blend
      ? [
          `- that run ${blendedHow(results)}; on the ${data.sample}s for validation, which chose that, it is ${aheadInWords(blend, metric)}`,
        ]
      : []),
    ...(row
      ? [
          `- energy at the start of fine-tuning ${significant(row.energy, 3)}, learning rate ${rate(row.learningRate)}, ${option("optimizer")}, batches of ${option("batch")}`,
        ]
      : []),
    ...(chosenAmong === undefined
      ? []
      : [`- the best on the ${data.sample}s for validation of ${chosenAmong}, which flatters its score there`]),
  ];
}

function probed(tau: Tau, head: string): string {
  if (tau === 0) return `head (${head}) not probed (tau = 0)`;
  const long = isDialled(tau)
    ? `and brought to an energy of ${energyAsked(tau)}`
    : tau === "converged"
      ? "until it converged, with an L2 penalty chosen on validation,"
      : tau === "converged:0"
        ? "until it converged, without a penalty,"
        : `for tau = ${tau} epochs`;
  return `head (${head}) probed ${long} on frozen features`;
}

function trained(method: TuneResults["method"], epoch: number): string {
  const what = {
    backbone: "head and backbone fine-tuned",
    "biases and norms": "head, biases and norms fine-tuned",
    "low-rank updates": "head and low-rank updates of the backbone (LoRA, merged into its weights) fine-tuned",
    "side network": "head and side network trained",
    nothing: "",
  };
  const { trains, how }: Method = methods[method];
  const one = what[trains];
  return one === "" ? ", and nothing else trained" : `, then ${one}${how ? `, ${how},` : ""} to epoch ${epoch}`;
}

function fileRow(
  { file, precision, bytes, validationScore, opset, oldestRuntime }: ExportedFile,
  { metric }: Described,
): string {
  const stored = {
    fp32: "float32",
    fp16: "float16, computed in float32",
    int8: "int8, a scale per channel, computed in float32",
  };
  const size = `${significant(bytes / 1e6, 3)} MB`;
  const runtime = oldestRuntime === null ? "a recent one" : `${oldestRuntime} or newer`;
  return `| ${code(file.replace(/^model\//, ""))} | ${stored[precision]} | ${size} | ${formatScore(validationScore, metric)} | ${opset} | ${runtime} |`;
}
