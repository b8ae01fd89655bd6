import { ModelError } from "@taskhead/autograd";
import { tokenIn, type Json } from "./files.js";

/** A part of what the model is fed: one of the texts, or special tokens; `type` is the token type of all its tokens. */
export type Piece =
  { readonly text: 0 | 1; readonly type: number } | { readonly ids: readonly number[]; readonly type: number };

/** What is put around one text, and around two. */
export interface Template {
  readonly single: readonly Piece[];
  readonly pair: readonly Piece[];
}

const first = { text: 0, type: 0 } as const;
const second = { text: 1, type: 1 } as const;
const bare: Template = { single: [first], pair: [first, second] };

/** Tokenizers whose beginning and end tokenizer_config.json decides, whatever tokenizer.json says, as in transformers. */
const ownEnds = /^(CodeLlama|Llama|Gemma|Cohere)Tokenizer(Fast)?$/;

/**
 * The special tokens around texts, from tokenizer.json's post_processor; with Llama's kin from tokenizer_config.json's
 * add_bos_token and add_eos_token, where it has them.
 * @param idOf the id of a token
 * @throws {ModelError} on what is none of the reference's templates
 */
export function templateOf(tokenizer: Json, config: Json, idOf: (token: string) => number | undefined): Template {
  return endsOf(config, idOf) ?? templateIn(tokenizer["post_processor"]) ?? bare;
}

function endsOf(config: Json, idOf: (token: string) => number | undefined): Template | undefined {
  const asked = [config["add_bos_token"], config["add_eos_token"]];
  if (!ownEnds.test(String(config["tokenizer_class"])) || asked.every((value) => typeof value !== "boolean"))
    return undefined;
  const [bos, eos] = (["bos_token", "eos_token"] as const).map((name, i) => {
    // Left out, a beginning is marked and an end is not.
    const id = (asked[i] ?? i === 0) ? idOf(tokenIn(config, name) ?? "") : undefined;
    return (type: number): Piece[] => (id === undefined ? [] : [{ ids: [id], type }]);
  });
  const single = [...bos!(0), first, ...eos!(0)];
  return { single, pair: [...single, ...bos!(1), second, ...eos!(1)] };
}

function templateIn(processor: unknown): Template | undefined {
  const config = (processor ?? {}) as Json;
  switch (config["type"]) {
    case undefined:
    case "ByteLevel":
      return undefined;
    case "Sequence": {
      const found = ((config["processors"] ?? []) as unknown[]).map(templateIn).filter((one) => one !== undefined);
      if (found.length > 1)
        throw new ModelError("tokenizer.json has several templates of special tokens in a row; leave it one");
      return found[0];
    }
    case "BertProcessing": {
      const [cls, sep] = [special(config["cls"]), special(config["sep"])];
      const single = [cls, first, sep];
      return { single, pair: [...single, second, { ...sep, type: 1 }] };
    }
    case "RobertaProcessing": {
      const [cls, sep] = [special(config["cls"]), special(config["sep"])];
      const single = [cls, first, sep];
      return { single, pair: [...single, sep, { text: 1, type: 0 }, sep] };
    }
    case "TemplateProcessing":
      return { single: pieces(config, "single"), pair: pieces(config, "pair") };
    default:
      throw new ModelError(
        `tokenizer.json has the post_processor '${String(config["type"])}', which is not known; export it with TemplateProcessing`,
      );
  }
}

/** `["[SEP]", 102]` */
function special(named: unknown): { ids: number[]; type: number } {
  return { ids: [(named as [string, number])[1]], type: 0 };
}

interface TemplateItem {
  readonly SpecialToken?: { readonly id: string; readonly type_id?: number };
  readonly Sequence?: { readonly id: "A" | "B"; readonly type_id?: number };
}

function pieces(config: Json, name: "single" | "pair"): Piece[] {
  const known = (config["special_tokens"] ?? {}) as Record<string, { ids: number[] }>;
  return ((config[name] ?? []) as TemplateItem[]).map(({ SpecialToken, Sequence }): Piece => {
    if (Sequence) return { text: Sequence.id === "A" ? 0 : 1, type: Sequence.type_id ?? 0 };
    const ids = known[SpecialToken?.id ?? ""]?.ids;
    if (!SpecialToken || !ids)
      throw new ModelError(
        `tokenizer.json's template names a token '${SpecialToken?.id}' whose id it does not have; save it again with a current transformers`,
      );
    return { ids, type: SpecialToken.type_id ?? 0 };
  });
}

/** How many special tokens there are. */
export function specialCount(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + ("ids" in piece ? piece.ids.length : 0), 0);
}
