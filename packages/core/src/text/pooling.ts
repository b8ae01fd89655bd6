import type { Graph } from "@taskhead/autograd";
import type { PoolingName } from "../backbone/pooling-names.js";
import type { UsualFeatures } from "../backbone/poolings.js";
import type { Json, TextFiles } from "./files.js";

/** Where a model's folder says how its features were pooled in pretraining, and how. */
export interface PretrainedPooling {
  readonly pooling: PoolingName;
  /** The end of a sentence: `as 1_Pooling/config.json says`. */
  readonly from: string;
}

/**
 * How features per token are pooled: by sentence-transformers' own files; else by the architecture in config.json, as
 * transformers' classifiers of that family do.
 * @param folder the name of the model's folder, or of the model
 */
export function pretrainedPooling(files: TextFiles, folder = ""): PretrainedPooling {
  const config = files["config.json"];
  const [architecture] = (config?.["architectures"] ?? []) as (string | undefined)[];
  const known = poolingIn(files["1_Pooling/config.json"]);
  if (known) return { pooling: known, from: "as 1_Pooling/config.json says" };
  const said = sentenceTransformers(files, folder);
  if (said) return { pooling: "mean", from: `as usual for sentence-transformers, of which it is by ${said}` };
  const type = String(config?.["model_type"] ?? "");
  const of = architecture ? `${architecture} in config.json` : `model_type ${type} in config.json`;
  if (/CausalLM$|LMHeadModel$|LMHead$/.test(architecture ?? "") || decoders.test(type))
    return { pooling: "last", from: `as classifiers of decoders do (${of})` };
  if (encoderDecoders.test(type)) return { pooling: "mean", from: `as usual for such encoders (${of})` };
  if (type !== "" || architecture) return { pooling: "cls", from: `as transformers' classifiers do (${of})` };
  return { pooling: "mean", from: "as no config.json says otherwise" };
}

const decoders =
  /^(gpt2|gpt_neo|gpt_neox|gptj|gpt_bigcode|codegen|llama|mistral|mixtral|qwen\d?(_moe)?|qwen\d_\w+|gemma\d?(_text)?|phi\d?|phimoe|opt|bloom|falcon|mpt|olmo\w*|stablelm|starcoder2|cohere\d?|granite\w*|smollm\d?|xlnet|openai-gpt|ctrl)$/;
const encoderDecoders = /^(t5|mt5|umt5|longt5|bart|mbart|pegasus\w*|marian|m2m_100|led|blenderbot\w*|prophetnet)$/;

/** A file says that a model is of sentence-transformers, or its name does. */
function sentenceTransformers(files: TextFiles, folder: string): string | undefined {
  const own = (["modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"] as const).find(
    (name) => files[name] !== undefined,
  );
  if (own) return own;
  const name = String(files["config.json"]?.["_name_or_path"] ?? "");
  if (/sentence-transformers/i.test(name)) return "_name_or_path in config.json";
  return /sentence-transformers/i.test(folder) ? "its folder's name" : undefined;
}

const modes = [
  ["cls", /^(pooling_mode_cls_token|cls)$/],
  ["mean", /^(pooling_mode_mean_tokens|mean)$/],
  ["last", /^(pooling_mode_lasttoken|lasttoken)$/],
] as const;

/** Of sentence-transformers' ways the one that is on, if it is one of ours alone. */
function poolingIn(file: Json | undefined): PoolingName | undefined {
  if (!file) return undefined;
  // Newer files name the way, older ones have a switch for each.
  const named = file["pooling_mode"];
  const on =
    named === undefined
      ? Object.keys(file).filter((key) => key.startsWith("pooling_mode_") && file[key] === true)
      : [named].flat().map(String);
  return on.length === 1 ? modes.find(([, pattern]) => pattern.test(on[0]!))?.[0] : undefined;
}

/** Families whose classifiers read the model's own pooler, where a file has it. */
const withPooler = /^(bert|albert|mobilebert|big_bird|nezha|ernie|rembert|roc_bert|megatron-bert|squeezebert)$/;

/** Where a model's features are, among its outputs, and how they are pooled. */
export function usualFeatures(
  { nodes, outputs }: Pick<Graph, "nodes" | "outputs">,
  files: TextFiles,
  folder?: string,
): UsualFeatures {
  const named = (name: string): boolean => outputs.some((output) => output.name === name);
  if (named("sentence_embedding"))
    return { value: "sentence_embedding", pooling: "none", from: "which are pooled in the file" };
  const value = ["last_hidden_state", "token_embeddings"].find(named);
  const pretrained = pretrainedPooling(files, folder);
  if (value === undefined && takesOneToken(nodes, outputs[0]?.name))
    return { pooling: "last", from: "as the model's own classifier does" };
  if (
    pretrained.pooling === "cls" &&
    named("pooler_output") &&
    withPooler.test(String(files["config.json"]?.["model_type"]))
  )
    return { value: "pooler_output", pooling: "none", from: pretrained.from };
  return { ...(value === undefined ? {} : { value }), ...pretrained };
}

/** Where a model's features per token are: what it is pretrained for is no question. */
export function featuresOfEach({ outputs }: Pick<Graph, "outputs">): UsualFeatures {
  const value = ["last_hidden_state", "token_embeddings"].find((name) =>
    outputs.some((output) => output.name === name),
  );
  return {
    ...(value === undefined ? {} : { value }),
    pooling: { over: "tokens", take: "each" },
    from: "as each has a tag",
  };
}

/** A decoder's classifier makes logits of every token, and takes those of the last. */
function takesOneToken(nodes: Graph["nodes"], output: string | undefined): boolean {
  return nodes.some((node) => node.opType.startsWith("Gather") && node.outputs[0] === output);
}
