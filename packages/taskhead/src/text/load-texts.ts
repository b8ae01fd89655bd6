import { split, type TuneSet } from "@taskhead/core";
import { beginTask, pickTargets, upTo, warn, type SetSummary, type Texts, type Tokenizer } from "@taskhead/core/internals";
import type { FoundSets, LoadedSets } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { requireValidationTargets } from "../data/require-validation.js";
import { toldLeftOut } from "../data/told.js";
import { sha256 } from "../files/sha256.js";
import type { TuneOptions } from "../options/options.js";
import { percent, plain, plural } from "../words/format.js";
import type { FileTexts, FoundTexts } from "./kind.js";
import { contentOfTexts, refusedTexts, splittableTexts, targetsOfTexts, type TextSource } from "./text-source.js";

/** What is taken of folders. */
export const leftOutRemedy = "texts are .txt files";

/** Tokenises all texts of a run, and splits the training texts where there are none for validation. */
export async function loadTexts(
  found: FoundSets<FoundTexts>,
  tokenizer: Tokenizer,
  { valFraction, seed }: Pick<TuneOptions, "valFraction" | "seed">,
  listener: Listener,
): Promise<LoadedSets<FileTexts>> {
  const whole = async (set: FoundTexts, label: string): Promise<TuneSet<FileTexts>> => {
    const texts = await tokenised(set, tokenizer, label, listener);
    return setOf(set, texts, upTo(texts.count), summaryOf(set.source));
  };
  const all = await tokenised(found.train, tokenizer, "training texts", listener);
  const other = found.validation && (await whole(found.validation, "validation texts"));
  const parts = other ? null : splitTexts(found.train.source, all, valFraction, seed);
  const test = found.test && (await whole(found.test, "test texts"));
  const ood: TuneSet<FileTexts>[] = [];
  for (const set of found.ood) ood.push(await whole(set, "out-of-distribution texts"));
  return {
    train: setOf(found.train, all, parts?.train ?? upTo(all.count), summaryOf(found.train.source)),
    validation: other ?? setOf(found.train, all, parts!.validation, { path: null, skipped: 0 }),
    test,
    ood,
    close: async () => undefined,
  };
}

/** Texts that are the same stay together; what cannot be validated on is refused. */
function splitTexts(source: TextSource, { targets }: Texts, fraction: number, seed: number) {
  const { keys } = contentOfTexts(source);
  const parts = split(targets, fraction, seed, keys);
  const copies = new Set(keys).size < keys.length;
  requireValidationTargets(splittableTexts(source), pickTargets(targets, parts.validation), copies);
  return parts;
}

async function tokenised(
  { source }: FoundTexts,
  tokenizer: Tokenizer,
  label: string,
  { onProgress, signal }: Listener,
): Promise<Texts> {
  onProgress?.({ kind: "message", text: source.said });
  for (const text of refusedTexts(source)) warn(onProgress, `skipped ${text}`);
  for (const text of [...source.notes, ...toldLeftOut(source.leftOut ?? [], leftOutRemedy)]) warn(onProgress, text);
  const { samples } = source;
  const task = beginTask(onProgress, label, samples.length, "texts");
  const starts = new Uint32Array(samples.length + 1);
  const ids: Int32Array[] = [];
  const types: Int32Array[] = [];
  let cut = 0;
  try {
    for (const [i, { text, pair }] of samples.entries()) {
      if (i % 256 === 0) {
        signal?.throwIfAborted();
        task.update(i);
        // So that who listens may show it, and stop it.
        await new Promise((resolve) => setImmediate(resolve));
      }
      const encoded = tokenizer.encode(text, pair);
      ids.push(Int32Array.from(encoded.ids));
      types.push(Int32Array.from(encoded.types));
      starts[i + 1] = starts[i]! + encoded.ids.length;
      if (encoded.cut) cut++;
    }
  } finally {
    task.end();
  }
  if (cut > 0)
    warn(
      onProgress,
      `${plain(plural(cut, label.replace(/s$/, "")))} (${percent(cut / samples.length)}) ${cut === 1 ? "is" : "are"} longer than ${tokenizer.maxLength.tokens} tokens and cut there; --max-length keeps more, up to what the model takes`,
    );
  return { count: samples.length, targets: targetsOfTexts(source, samples), ids: joined(ids), starts, types: joined(types) };
}

function joined(pieces: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function summaryOf({ path, refused }: TextSource): Omit<SetSummary, "count"> {
  return { path, skipped: refused.length };
}

/** Some texts of a source, by their places in it. */
function setOf(
  { source, fingerprint }: FoundTexts,
  { targets, ids, types, starts }: Texts,
  chosen: readonly number[],
  summary: Omit<SetSummary, "count">,
): TuneSet<FileTexts> {
  const content = contentOfTexts(source);
  const some = (all: Int32Array): Int32Array => joined(chosen.map((i) => all.subarray(starts[i], starts[i + 1])));
  const own = new Uint32Array(chosen.length + 1);
  chosen.forEach((i, n) => (own[n + 1] = own[n]! + starts[i + 1]! - starts[i]!));
  const names = chosen.map((i) => content.names[i]!);
  return {
    source: {
      count: chosen.length,
      targets: pickTargets(targets, chosen),
      ids: some(ids),
      ...(types ? { types: some(types) } : {}),
      starts: own,
      samples: chosen.map((i) => source.samples[i]!),
      names,
      fingerprint: `${fingerprint.text} ${sha256(chosen.join())}`,
    },
    summary,
    content: { keys: chosen.map((i) => content.keys[i]!), names },
  };
}
