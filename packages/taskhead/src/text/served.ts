import { loadModel } from "@taskhead/autograd";
import type { Tokenizer } from "@taskhead/core";
import {
  Breather,
  encodeWords,
  lackedToken,
  tokenBeyond,
  typedInputs,
  type Encoded,
  type Feeds,
} from "@taskhead/core/internals";
import type { Answers, Served } from "../data/serving.js";
import type { TuneOptions } from "../options/table.js";
import { openServedSession, type ServedSession } from "../runtime/served-session.js";
import type { NamedText } from "./named-texts.js";
import { logitsOfWords } from "./tagged/predicted-words.js";

/** Numbers that a batch may have: tokens, padding among them. */
const mostTokens = 4096;

const remedy = "give the tokenizer.json that the model was exported with";

/** What a model is fed of a text, and where its words begin, if each is answered. */
type Fed = Encoded & { readonly places?: readonly number[] };

/**
 * An exported model on texts, with its tokenizer. Texts of like length go through it together.
 * @param wordsOf the words of a text, of which each has an answer. Default: a text has one
 * @throws as `openServedSession` does
 */
export async function openServedTexts(
  model: Uint8Array,
  tokenizer: Tokenizer,
  device: TuneOptions["device"] = "cpu",
  wordsOf?: (item: NamedText) => readonly string[],
): Promise<Served<NamedText>> {
  const session = await openServedSession(model, { device });
  return {
    async answer(items: readonly NamedText[], { onAnswer, onSkip, onProgress, signal }: Answers) {
      const breather = new Breather();
      const encoded: Fed[] = [];
      for (const item of items) {
        signal?.throwIfAborted();
        encoded.push(wordsOf ? encodeWords(tokenizer, wordsOf(item)) : tokenizer.encode(item.text, item.pair));
        await breather.breathe();
      }
      const answers: (Float32Array | string)[] = [];
      let done = 0;
      for (const batch of batchesByLength(encoded.map(({ ids }) => ids.length))) {
        signal?.throwIfAborted();
        const some = batch.map((i) => encoded[i]!);
        const answered = await answerTexts(session, model, tokenizer, some);
        batch.forEach((i, n) => (answers[i] = answered[n]!));
        onProgress?.((done += batch.length));
      }
      // In the order in which they were named.
      answers.forEach((logits, i) => (typeof logits === "string" ? onSkip(i, logits) : onAnswer(i, logits)));
    },
    release: () => session.release(),
  };
}

/** Which texts go through the model together: those of like length, whose tokens are not too many. */
function batchesByLength(lengths: readonly number[]): number[][] {
  const batches: number[][] = [];
  for (const i of lengths.map((_, n) => n).sort((a, b) => lengths[a]! - lengths[b]! || a - b)) {
    const last = batches.at(-1);
    // The longest is the last.
    if (last && (last.length + 1) * lengths[i]! <= mostTokens) last.push(i);
    else batches.push([i]);
  }
  return batches;
}

/**
 * The answers of those texts whose tokens the model has, and of the others what is wrong. They are looked for once the
 * runtime refuses a batch, as reading the model for its tables takes as long as many answers.
 */
async function answerTexts(
  session: ServedSession,
  model: Uint8Array,
  tokenizer: Tokenizer,
  encoded: readonly Fed[],
): Promise<(Float32Array | string)[]> {
  try {
    return await answerBatch(session, tokenizer, encoded);
  } catch (error) {
    // The exported file puts the last special token in place itself.
    const inputs = typedInputs(loadModel(model).graph, { replaced: true });
    const lacked = encoded.map(({ ids }) => tokenBeyond(ids, inputs));
    if (!lacked.some(Boolean)) throw error;
    const known = encoded.filter((_, i) => !lacked[i]);
    const answers = (known.length > 0 ? await answerBatch(session, tokenizer, known) : []).values();
    return lacked.map((beyond) => (beyond ? `${lackedToken(beyond)}; ${remedy}` : answers.next().value!));
  }
}

async function answerBatch(
  session: ServedSession,
  { padding }: Tokenizer,
  encoded: readonly Fed[],
): Promise<Float32Array[]> {
  const length = Math.max(...encoded.map(({ ids }) => ids.length));
  const values = await session.logits(feedsOf(session, padding, encoded, length));
  const each = values.length / encoded.length;
  return encoded.map(({ ids, places }, n) => {
    const own = values.subarray(n * each, (n + 1) * each);
    const before = padding.side === "left" ? length - ids.length : 0;
    return places ? logitsOfWords(own, each / length, places, before) : own;
  });
}

/** Texts filled up to a length, by those names that the model takes. */
function feedsOf(
  { ort, inputNames }: ServedSession,
  padding: Tokenizer["padding"],
  encoded: readonly Fed[],
  length: number,
): Feeds {
  const filled = (of: (one: Fed) => readonly number[], fill: number) => {
    const values = encoded.flatMap((one) => {
      const filling = Array.from({ length: length - one.ids.length }, () => fill);
      return padding.side === "left" ? [...filling, ...of(one)] : [...of(one), ...filling];
    });
    return new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [encoded.length, length]);
  };
  const all = {
    input_ids: filled((one) => one.ids, padding.id),
    attention_mask: filled((one) => one.ids.map(() => 1), 0),
    token_type_ids: filled((one) => one.types, 0),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => inputNames.includes(name)));
}
