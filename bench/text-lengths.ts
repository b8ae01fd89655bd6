/** Banking77's texts as rows of numbers, and MiniLM's step on batches of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Optimizer } from "@taskhead/autograd";
import {
  classification,
  classTargets,
  type Engine,
  linearHead,
  openBackbone,
  samplesOf,
  type Samples,
} from "@taskhead/core";
import { createTrainer, epochOrder, inOrder, random, targetTensor, upTo } from "@taskhead/core/internals";

const textClasses = 77;

/** Of each training text, a number for each word and sign, the same for the same, between two that mark its ends. */
export function numberedTexts(shared: string): bigint[][] {
  const lines = readFileSync(join(shared, "data/banking77/train.csv"), "utf8").split("\n").slice(1, -1);
  const numbers = new Map<string, bigint>();
  const numberOf = (word: string): bigint => {
    const known = numbers.get(word) ?? BigInt(1000 + numbers.size);
    numbers.set(word, known);
    return known;
  };
  return lines.map((line) => {
    const words =
      line
        .slice(0, line.lastIndexOf(","))
        .toLowerCase()
        .match(/\w+|[^\w\s]/g) ?? [];
    return [101n, ...words.map(numberOf), 102n];
  });
}

/** Batches of the first epoch. */
export function textBatches(samples: Samples, batch: number): readonly (readonly number[])[] {
  return samples.batches(epochOrder(samples.count, 0, "bench", 1), batch);
}

/** These texts; a batch goes through the network in as many parts, each padded to its own longest. */
export function textsOf(engine: Engine, texts: readonly (readonly bigint[])[], parts: number): Samples {
  const lengthOf = (n: number): number => texts[n]!.length;
  const plain = samplesOf(classTargets(texts.map((_, n) => n % textClasses)), (indices) => {
    const longest = Math.max(...indices.map(lengthOf));
    const fed = (of: (n: number, t: number) => bigint) => {
      const data = indices.flatMap((n) => upTo(longest).map((t) => of(n, t)));
      return engine.tensor("int64", BigInt64Array.from(data), [indices.length, longest]);
    };
    return {
      input_ids: fed((n, t) => texts[n]![t] ?? 0n),
      attention_mask: fed((n, t) => (t < lengthOf(n) ? 1n : 0n)),
      token_type_ids: fed(() => 0n),
    };
  });
  const byLength = (a: number, b: number): number => lengthOf(a) - lengthOf(b);
  return {
    ...plain,
    parts,
    batches: (order, size) => inOrder(order, size).map((one) => one.toSorted(byLength)),
  };
}

/** MiniLM's training step, clipped, on batches of such texts. */
export async function textSteps(
  engine: Engine,
  shared: string,
  samples: Samples,
  { optimizer, batch }: { optimizer: Optimizer; batch: number },
) {
  const backbone = openBackbone(readFileSync(join(shared, "models/minilm-l6/onnx/model.onnx")));
  const head = linearHead().initial(random(0, "head"), backbone.width, textClasses);
  const options = { head, batch, optimizer, clipNorm: 1, seed: 0 };
  const data = { engine, objective: classification(textClasses) };
  const { trainer, feeds } = await createTrainer(backbone, data, options, [samples]);
  const step = async (indices: readonly number[]): Promise<unknown> => {
    const target = targetTensor(engine, classTargets(indices.map((n) => n % textClasses)));
    return trainer.step({ ...(await feeds(samples, indices)), target }, 1e-5);
  };
  return { step, release: () => trainer.release() };
}
