import { isObject, number, type Wanted } from "../given/wanted.js";

/** How the layer that makes the logits starts, W [k, fan-in] and b [k]. */
export type HeadStart =
  /** As PyTorch's `nn.Linear`: W and b both from U(±1/√fan-in), which is `kaiming_uniform_` with a = √5. */
  | { readonly kind: "torch" }
  /** W from normal(0, deviation), b 0, as transformers starts what a checkpoint lacks. */
  | { readonly kind: "normal"; readonly deviation: number }
  /** Both 0: every class equally likely, and no gradient for what lies below until the first step. */
  | { readonly kind: "zeros" };

export const headStarts: Wanted = {
  wants: '{ kind: "torch" }, { kind: "zeros" } or { kind: "normal", deviation }',
  is: (value) =>
    isObject(value) &&
    headInits.includes(Reflect.get(value, "kind") as HeadStart["kind"]) &&
    (Reflect.get(value, "kind") !== "normal" || number({ above: 0 }).is(Reflect.get(value, "deviation"))),
};

/** How a head starts, and who says so. */
export interface FoundStart {
  readonly start: HeadStart;
  /** In words: `config.json (initializer_range)`. */
  readonly from: string;
}

export const headInits = ["torch", "normal", "zeros"] as const;

/** The deviation that transformers uses where a configuration does not say one. */
const usualDeviation = 0.02;

/** Model types of transformers whose `_init_weights` repeats the one of `nn.Linear`; they have no initializer_range. */
const asTorch = new Set(["resnet", "regnet", "bit"]);

/**
 * How the user's framework would start a new head on this model, or how it was asked to start.
 *
 * transformers (a config.json with `model_type` or `architectures`) draws the head that a checkpoint lacks from
 * normal(0, `initializer_range`), bias 0, 0.02 where nothing else is said: `PreTrainedModel._init_weights` in
 * modeling_utils.py, likewise those of BERT, DistilBERT, ConvNeXt and EfficientNet; those of ViT, DeiT and DINOv2 cut the
 * same normal off at ±2, which is 100 deviations and more. Its ResNet, RegNet and BiT repeat `nn.Linear`'s own
 * (modeling_resnet.py). CLIP's classifier, normal(0, `initializer_factor`/√h), is not told apart.
 *
 * All else starts as `nn.Linear` does: torchvision's models, whose `fc` people replace by a new one; and timm's after
 * `reset_classifier` (`create_classifier` makes a plain `nn.Linear`). A timm model that is *built* with another number of
 * classes may start otherwise: its ViTs and ConvNeXts with normal(0, 0.02), for which there is `normal`.
 * @param config of the model's config.json, where it has one
 * @param asked by the setting `headInit`
 */
export function headStartFor(config?: Readonly<Record<string, unknown>>, asked?: HeadStart["kind"]): FoundStart {
  const type = config?.["model_type"];
  const ofTransformers = typeof type === "string" || Array.isArray(config?.["architectures"]);
  const range = ofTransformers ? config?.["initializer_range"] : undefined;
  const told = typeof range === "number" && range > 0 && Number.isFinite(range);
  const normal = { kind: "normal", deviation: told ? range : usualDeviation } as const;
  const toldBy = told ? "config.json (initializer_range)" : "transformers' usual 0.02";
  if (asked === "normal") return { start: normal, from: `as asked; ${toldBy}` };
  if (asked !== undefined) return { start: { kind: asked }, from: "as asked" };
  if (!ofTransformers)
    return { start: { kind: "torch" }, from: "as nn.Linear, since no config.json is of transformers" };
  if (!told && typeof type === "string" && asTorch.has(type))
    return {
      start: { kind: "torch" },
      from: `config.json (model_type ${type}), which transformers starts as PyTorch does`,
    };
  return { start: normal, from: told ? toldBy : "config.json is of transformers, whose usual deviation it is" };
}

/** In the field's notation: `U(±1/√h)`. */
export function describeStart(start: HeadStart): string {
  switch (start.kind) {
    case "torch":
      return "U(±1/√fan-in), weights and bias";
    case "normal":
      return `normal(0, ${start.deviation}), bias 0`;
    case "zeros":
      return "zeros";
  }
}

/** As a run's options say it, settled. */
export function startOptions({ start, from }: FoundStart): { headInit: HeadStart["kind"]; headInitFrom: string } {
  return { headInit: start.kind, headInitFrom: `${describeStart(start)}: ${from}` };
}

/** One line, for people. */
export function startSentence({ start, from }: FoundStart): string {
  return `the last layer of the head starts from ${describeStart(start)}: ${from}`;
}
