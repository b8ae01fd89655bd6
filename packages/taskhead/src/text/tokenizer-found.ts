import { ModelError } from "@taskhead/autograd";
import { openTokenizer, type TextFiles, type Tokenizer } from "@taskhead/core";
import { plain, plural } from "../words/format.js";

/** How a model's texts become numbers. */
export interface FoundTokenizer {
  /** of tokenizer_config.json; null where it names none */
  kind: string | null;
  /** tokens of a text at most, and who says so */
  maxLength: Tokenizer["maxLength"];
  /** how texts shorter than others of a batch are filled up */
  padding: Tokenizer["padding"];
}

/** What the files beside a model say of its texts, or why that is not known. */
export async function tokenizerFound(files: TextFiles): Promise<FoundTokenizer | { refused: string }> {
  try {
    const { maxLength, padding } = await openTokenizer(files);
    const kind = files["tokenizer_config.json"]?.["tokenizer_class"];
    return { kind: typeof kind === "string" ? kind : null, maxLength, padding };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { refused: error.message };
  }
}

/** In one line. */
export function describeTokenizer({ kind, maxLength, padding }: FoundTokenizer): string {
  const cut = `texts are cut to ${plain(plural(maxLength.tokens, "token"))} (${maxLength.from})`;
  return `tokenizer.json${kind === null ? "" : ` of a ${kind}`}; ${cut}, shorter ones filled up with token ${padding.id} on the ${padding.side}`;
}
