import type { ServedTask } from "../backbone/modality.js";
import { servedLabels } from "../backbone/served-labels.js";
import { tokenIn, type TextFiles } from "./files.js";

/** Families that transformers.js has a classifier of texts for; any of them runs a graph that takes ids and mask. */
const served = new Set(
  (
    "bert eurobert neobert modernbert roformer electra esm convbert camembert deberta deberta-v2 mpnet albert " +
    "distilbert roberta xlm xlm-roberta mobilebert squeezebert"
  ).split(" "),
);

/**
 * The JSON files beside a fine-tuned model of texts, in the layout of the Hugging Face hub that transformers.js' and
 * transformers' `text-classification` and `token-classification` read: those of the pretrained model, with what its logits stand for and how long a text
 * may be.
 * @param maxLength tokens of a text, as in training
 */
export function textFolderFiles(
  { objective, outputs }: ServedTask,
  files: TextFiles,
  maxLength?: number,
): Record<string, unknown> {
  const config = files["config.json"] ?? {};
  const type = String(config["model_type"]);
  const [architecture = ""] = (config["architectures"] ?? []) as string[];
  // BERT stands for families that have none there: this graph needs nothing special.
  const kind = objective.name === "token-classification" ? "TokenClassification" : "SequenceClassification";
  const family = served.has(type)
    ? { model_type: type, architectures: [classifierOf(architecture, type, kind)] }
    : { model_type: "bert", architectures: [`BertFor${kind}`] };
  const tokenizer = files["tokenizer_config.json"] ?? {};
  const special = files["special_tokens_map.json"];
  const padding = tokenIn(tokenizer, "pad_token") ?? tokenIn(special, "pad_token") ?? tokenIn(tokenizer, "eos_token");
  return {
    "config.json": { ...config, ...family, ...servedLabels(objective.name, outputs) },
    ...(files["tokenizer.json"] ? { "tokenizer.json": files["tokenizer.json"] } : {}),
    "tokenizer_config.json": {
      ...tokenizer,
      ...(padding === undefined ? {} : { pad_token: padding }),
      ...(maxLength === undefined ? {} : { model_max_length: maxLength }),
    },
    ...(special ? { "special_tokens_map.json": special } : {}),
  };
}

const names: Partial<Record<string, string>> = { bert: "Bert", distilbert: "DistilBert", roberta: "Roberta" };

/** `BertModel` → `BertForSequenceClassification` */
function classifierOf(architecture: string, type: string, kind: string): string {
  const stem = architecture.replace(/(For[A-Z]\w*|LMHeadModel|Model)$/, "") || (names[type] ?? "Bert");
  return `${stem}For${kind}`;
}
