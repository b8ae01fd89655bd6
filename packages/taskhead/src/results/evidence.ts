import type { Evidence, Tau } from "@taskhead/core";
import {
  type Asked,
  compareTaus,
  type Dialled,
  isDialled,
  optima,
  type TemperatureEvidence,
} from "@taskhead/core/internals";
import {
  defaultsOf,
  methods,
  plainValues,
  settingTable,
  settle,
  type MethodName,
  type Settings,
} from "@taskhead/core/settings";
import { z } from "zod";
import { usualFor } from "../files/usual-settings.js";

const measure = z.number().nullable();
const dialled = z.custom<Dialled>((value) => typeof value === "string" && isDialled(value as Tau));
const tau = z.union([z.number(), z.enum(optima), dialled]);

const contributions = z.array(z.number()).nullable();
const metric = z.object({ name: z.string(), percent: z.boolean(), chance: z.number() });

const error = z.object({ ece: z.number() });
const calibration = z.object({
  // Versions before had a number that nothing vouched for.
  temperature: z
    .union([z.number(), z.object({ value: z.number(), low: z.number(), high: z.number() })])
    .nullable()
    .default(null),
  advised: z.boolean().default(false),
  validation: z.object({ before: error, after: error.nullable().default(null) }),
});

/** What the guide takes from `results.json`. What later versions added may be missing: those before it knew images of classes. */
const schema = z.object({
  metric: metric.optional(),
  backbone: z.object({ reinitialisedBlocks: z.number().default(0) }),
  data: z.object({
    sample: z.string().default("image"),
    objective: z
      .enum(["classification", "multi-label", "regression", "token-classification", "segmentation"])
      .default("classification"),
    outputs: z.array(z.string()).min(1),
    validation: z.object({ count: z.number().min(1) }),
    test: z.object({ count: z.number() }).nullable(),
    duplicates: z
      .object({ unseenTest: z.array(z.number()) })
      .nullable()
      .default(null),
  }),
  options: z.looseObject({
    epochs: z.number(),
    probeEpochs: z.number().default(64),
    smoothing: z.number().default(0),
    probeLoss: z.enum(["ce", "mse"]).default("ce"),
    head: z.enum(["linear", "mlp"]).default("linear"),
    optimizer: z.string().default("sgd"),
    clipNorm: z.union([z.string(), z.number()]).nullable().default(null),
  }),
  method: z.enum(Object.keys(methods) as MethodName[]).default("hp-ft"),
  folds: z.object({ rows: z.array(z.object({ taus: z.array(tau).min(1) })) }).nullish(),
  batchNormShift: z.object({ euclidean: z.number() }).nullable().default(null),
  best: z
    .object({
      blend: z.enum(["soup", "wise-ft"]).nullable().default(null),
      validationScore: measure.default(null),
      calibration: calibration.nullish(),
      classes: z.array(z.object({ support: z.number() })).nullish(),
    })
    .nullable(),
  featureNorm: z.number(),
  probing: z.array(
    z.object({
      tau,
      energy: measure,
      validationScore: measure,
      trainScore: measure.default(null),
      headNorm: measure.default(null),
      pull: measure.default(null),
      hits: z.string().nullable().default(null),
      contributions: contributions.default(null),
    }),
  ),
  rows: z.array(
    z.object({
      tau,
      energy: measure,
      headNorm: measure,
      learningRate: measure.default(null),
      diverged: z.boolean(),
      collapsed: z.boolean().default(false),
      bestValidationScore: measure,
      bestEpoch: measure,
      hits: z.string().nullable().default(null),
      contributions: contributions.default(null),
      euclidean: measure,
      cosine: measure,
      dot: measure.default(null),
      norm: measure.default(null),
    }),
  ),
});

/**
 * The guide's view of a run's results, as they are in `results.json`.
 * @throws {z.ZodError} if they lack something that the guide needs
 */
export function evidenceOf(results: unknown): Evidence {
  // As on disk, where numbers that do not exist are null.
  const parsed = schema.parse(JSON.parse(JSON.stringify(results), withoutOldNames));
  const { backbone, data, options, method, featureNorm, probing, rows } = parsed;
  return {
    objective: data.objective,
    metric: metricOf(parsed),
    sample: data.sample,
    outputs: data.outputs.length,
    validationSamples: data.validation.count,
    featureNorm,
    head: options.head,
    probeLoss: options.probeLoss,
    smoothing: options.smoothing,
    reinitialisedBlocks: backbone.reinitialisedBlocks,
    growingSteps: stepsGrow(options),
    epochs: options.epochs,
    asked: askedOf(parsed),
    compared: parsed.folds?.rows.flatMap(({ taus: [first, ...others] }) => sameTau(first!, others)) ?? [],
    test: data.test && {
      samples: data.test.count,
      seen: data.duplicates ? data.test.count - data.duplicates.unseenTest.length : 0,
    },
    batchNormShift: parsed.batchNormShift?.euclidean ?? null,
    temperature: temperatureOf(parsed.best?.calibration),
    exported: exportedOf(parsed.best),
    probing: probing
      .flatMap(({ energy, validationScore: score, ...point }) =>
        energy === null || score === null ? [] : [{ ...point, energy, score }],
      )
      .sort((a, b) => compareTaus(a.tau, b.tau)),
    // Probing alone is no fine-tuning, whatever its row says.
    runs: (method === "lp" ? [] : rows)
      .flatMap(({ energy, headNorm, bestValidationScore: score, ...row }) =>
        energy === null || headNorm === null ? [] : [{ ...row, energy, headNorm, score }],
      )
      .sort((a, b) => compareTaus(a.tau, b.tau)),
  };
}

/** Of one candidate over the folds; none where `auto` found another in some of them. */
function sameTau(first: Tau, others: readonly Tau[]): Tau[] {
  return others.every((one) => one === first) ? [first] : [];
}

/** Options that a tuning anywhere has not. */
const ofFolders = ["augment", "folds", "from", "side"];

/** What is as it is settled for such samples, the method, the optimizer and the rate was not asked for. */
function askedOf({ method, options, data: { sample, objective } }: z.infer<typeof schema>): Asked {
  const own: Readonly<Record<string, unknown>> = { ...options, method };
  const ofKind = usualFor(objective === "segmentation" ? "masked images" : sample === "text" ? "texts" : undefined);
  const settled = settle({ method }, { ...ofKind, ...ofSteps(options) });
  const { optimizer, lr } = { ...defaultsOf(settingTable), ...ofKind };
  const usual: Readonly<Record<string, unknown>> = plainValues(settingTable, {
    ...settled,
    optimizer,
    lr,
    method: "hp-ft",
  });
  // Versions before had fewer.
  const known = [...Object.keys(usual), ...ofFolders].filter((name) => (own[name] ?? null) !== null);
  const given = known.filter((name) => own[name] !== usual[name]);
  return {
    method,
    probeEpochs: options.probeEpochs,
    given: given.filter((name) => name !== "energyBy" || own[name] !== "temperature"),
  };
}

/** The options that others follow from. */
function ofSteps(options: Readonly<Record<string, unknown>>): Partial<Settings> {
  const readings = (["optimizer", "lr"] as const).map(
    (name) => [name, settingTable[name].kind.check(options[name])] as const,
  );
  return Object.fromEntries(readings.flatMap(([name, reading]) => ("value" in reading ? [[name, reading.value]] : [])));
}

/** By accuracy, guessing is as good as always saying the commonest class of the validation samples, where that is known. */
function metricOf({ metric, data, best }: z.infer<typeof schema>): Evidence["metric"] {
  const own = metric ?? { name: "accuracy", percent: true, chance: 1 / data.outputs.length };
  const support = best?.classes?.map((one) => one.support) ?? [];
  if (data.objective !== "classification" || own.name !== "accuracy" || support.length === 0) return own;
  const commonest = Math.max(...support) / support.reduce((sum, count) => sum + count, 0);
  return { ...own, chance: Math.max(own.chance, commonest || 0) };
}

/** Whether a step of fine-tuning grows with the head: one of sgd that nothing clips. @param options of the run, as results have them */
export function stepsGrow({ optimizer = "sgd", clipNorm }: Readonly<Record<string, unknown>>): boolean {
  return optimizer === "sgd" && (clipNorm ?? "none") === "none";
}

function exportedOf(best: z.infer<typeof schema>["best"]): Evidence["exported"] {
  return best?.blend && best.validationScore !== null ? { blend: best.blend, score: best.validationScore } : null;
}

/** One that is worth using. */
function temperatureOf(found: z.infer<typeof calibration> | null | undefined): TemperatureEvidence | null {
  if (!found?.advised || found.temperature === null || typeof found.temperature === "number") return null;
  const { before, after } = found.validation;
  return after && { ...found.temperature, before: before.ece, after: after.ece };
}

/** Versions before 0.2 had accuracies where there are scores now, images for samples, and classes for outputs. */
function withoutOldNames(this: Record<string, unknown>, key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const renamed = Object.entries(value).map(([name, inner]) => [
    name.endsWith("Accuracy")
      ? name.replace("Accuracy", "Score")
      : name === "images"
        ? "count"
        : key === "data" && name === "classes"
          ? "outputs"
          : name,
    inner,
  ]);
  return Object.fromEntries(renamed);
}
