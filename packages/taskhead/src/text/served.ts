import { loadModel } from "@taskhead/autograd";
import type { Tokenizer } from "@taskhead/core";
import {
  Breather,
  encodeWords,
  executionProvider,
  lackedToken,
  RuntimeError,
  tokenBeyond,
  typedInputs,
  type Encoded,
} from "@taskhead/core/internals";
import type { Answers, Served } from "../data/kind.js";
import type { TuneOptions } from "../options/table.js";
import { deviceFor } from "../runtime/device.js";
import { loadRuntime } from "../runtime/runtime.js";
import type { NamedText } from "./named-texts.js";
import { logitsOfWords } from "./tagged/predicted-words.js";

/** Numbers that a batch may have: tokens, padding among them. */
const mostTokens = 4096;

const remedy = "give the tokenizer.json that the model was exported with";

/** What a model is fed of a text, and where its words begin, if each is answered. */
type Fed = Encoded & { readonly places?: readonly number[] };

/**
 * An exported model on texts, with its tokenizer: `onnxruntime-node` alone, on purpose, as what is reported must hold without
 * this library. Texts of like length go through it together.
 * @param wordsOf the words of a text, of which each has an answer. Default: a text has one
 */
export async function openServedTexts(
  model: Uint8Array,
  tokenizer: Tokenizer,
  device: TuneOptions["device"] = "cpu",
  wordsOf?: (item: NamedText) => readonly string[],
): Promise<Served<NamedText>> {
  const ort = await loadRuntime();
  const on = await deviceFor(ort, device);
  const refused = (error: unknown): never => {
    throw new RuntimeError(error);
  };
  const session = await ort.InferenceSession.create(model, {
    logSeverityLevel: 4,
    ...(on === "cpu" ? {} : { executionProviders: [executionProvider(on, loadModel(model))] }),
  }).catch(refused);
  const int64 = (values: readonly number[], dims: number[]) =>
    new ort.Tensor("int64", BigInt64Array.from(values, BigInt), dims);

  async function answerBatch(encoded: readonly Fed[]): Promise<Float32Array[]> {
    const length = Math.max(...encoded.map(({ ids }) => ids.length));
    const padded = (of: (one: Fed) => readonly number[], fill: number): number[] =>
      encoded.flatMap((one) => {
        const filling = Array.from({ length: length - one.ids.length }, () => fill);
        return tokenizer.padding.side === "left" ? [...filling, ...of(one)] : [...of(one), ...filling];
      });
    const dims = [encoded.length, length];
    const all = {
      input_ids: int64(
        padded((one) => one.ids, tokenizer.padding.id),
        dims,
      ),
      attention_mask: int64(
        padded((one) => one.ids.map(() => 1), 0),
        dims,
      ),
      token_type_ids: int64(
        padded((one) => one.types, 0),
        dims,
      ),
    };
    const feeds = Object.fromEntries(Object.entries(all).filter(([name]) => session.inputNames.includes(name)));
    const { logits } = await session.run(feeds).catch(refused);
    const values = logits!.data as Float32Array;
    const each = values.length / encoded.length;
    return encoded.map(({ ids, places }, n) => {
      const own = values.subarray(n * each, (n + 1) * each);
      const before = tokenizer.padding.side === "left" ? length - ids.length : 0;
      return places ? logitsOfWords(own, each / length, places, before) : own;
    });
  }

  /**
   * The answers of those texts whose tokens the model has, and of the others what is wrong. They are looked for once the
   * runtime refuses a batch, as reading the model for its tables takes as long as many answers.
   */
  async function answerTexts(encoded: readonly Fed[]): Promise<(Float32Array | string)[]> {
    try {
      return await answerBatch(encoded);
    } catch (error) {
      // The exported file puts the last special token in place itself.
      const inputs = typedInputs(loadModel(model).graph, { replaced: true });
      const lacked = encoded.map(({ ids }) => tokenBeyond(ids, inputs));
      if (!lacked.some(Boolean)) throw error;
      const known = encoded.filter((_, i) => !lacked[i]);
      const answers = (known.length > 0 ? await answerBatch(known) : []).values();
      return lacked.map((beyond) => (beyond ? `${lackedToken(beyond)}; ${remedy}` : answers.next().value!));
    }
  }

  return {
    async answer(items: readonly NamedText[], { onAnswer, onSkip, onProgress, signal }: Answers) {
      const breather = new Breather();
      const encoded: Fed[] = [];
      for (const item of items) {
        signal?.throwIfAborted();
        encoded.push(wordsOf ? encodeWords(tokenizer, wordsOf(item)) : tokenizer.encode(item.text, item.pair));
        await breather.breathe();
      }
      const order = encoded.map((_, i) => i).sort((a, b) => encoded[a]!.ids.length - encoded[b]!.ids.length || a - b);
      const answers: (Float32Array | string)[] = [];
      let done = 0;
      for (let from = 0; from < order.length;) {
        signal?.throwIfAborted();
        let to = from + 1;
        while (to < order.length && (to + 1 - from) * encoded[order[to]!]!.ids.length <= mostTokens) to++;
        const batch = order.slice(from, to);
        const answered = await answerTexts(batch.map((i) => encoded[i]!));
        batch.forEach((i, n) => (answers[i] = answered[n]!));
        onProgress?.((done += batch.length));
        from = to;
      }
      // In the order in which they were named.
      answers.forEach((logits, i) => (typeof logits === "string" ? onSkip(i, logits) : onAnswer(i, logits)));
    },
    release: () => session.release(),
  };
}
