import { split, type TuneSet } from "@taskhead/core";
import {
  beginTask,
  lengthOf,
  lengthsOf,
  pickTargets,
  pickTexts,
  tokenize,
  upTo,
  warn,
  type SetSummary,
  type Texts,
  type Tokenizer,
} from "@taskhead/core/internals";
import type { FoundSets, LoadedSets } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { requireValidationTargets } from "../data/require-validation.js";
import { toldLeftOut } from "../data/told.js";
import { sha256 } from "../files/sha256.js";
import type { TuneOptions } from "../options/options.js";
import { percent, plain, plural } from "../words/format.js";
import type { FileTexts, FoundTexts } from "./sets.js";
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
    const { texts } = await tokenised(set, tokenizer, label, listener);
    return setOf(set, texts, upTo(texts.count), summaryOf(set.source));
  };
  const { texts: all, cut } = await tokenised(found.train, tokenizer, "training texts", listener);
  const other = found.validation && (await whole(found.validation, "validation texts"));
  const parts = other ? null : splitTexts(found.train.source, all, valFraction, seed);
  const test = found.test && (await whole(found.test, "test texts"));
  const ood: TuneSet<FileTexts>[] = [];
  for (const set of found.ood) ood.push(await whole(set, "out-of-distribution texts"));
  const chosen = parts?.train ?? upTo(all.count);
  const train = setOf(found.train, all, chosen, summaryOf(found.train.source));
  const lost = new Set(chosen.flatMap((place, i) => (cut.has(place) ? [i] : [])));
  const lengths = lengthsOf(
    chosen.map((_, i) => lengthOf(train.source, i)),
    lost,
    tokenizer.maxLength.tokens,
  );
  return {
    train: { ...train, summary: { ...train.summary!, lengths } },
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
): Promise<{ texts: Texts; cut: ReadonlySet<number> }> {
  onProgress?.({ kind: "message", text: source.said });
  for (const text of refusedTexts(source)) warn(onProgress, `skipped ${text}`);
  for (const text of [...source.notes, ...toldLeftOut(source.leftOut ?? [], leftOutRemedy)]) warn(onProgress, text);
  const { samples } = source;
  const task = beginTask(onProgress, label, samples.length, "texts");
  try {
    const { cut, ...texts } = await tokenize(tokenizer, samples, { onProgress: (done) => task.update(done), signal });
    const { tokens } = tokenizer.maxLength;
    if (cut.length > 0)
      warn(
        onProgress,
        plain(
          `${plural(cut.length, label.replace(/s$/, ""))} (${percent(cut.length / samples.length)}) ${cut.length === 1 ? "has" : "have"} more than ${tokens} tokens and ${cut.length === 1 ? "is" : "are"} cut there; --max-length keeps more, as far as the model takes it`,
        ),
      );
    return { texts: { ...texts, targets: targetsOfTexts(source, samples) }, cut: new Set(cut) };
  } finally {
    task.end();
  }
}

function summaryOf({ path, refused }: TextSource): Omit<SetSummary, "count"> {
  return { path, skipped: refused.length };
}

/** Some texts of a source, by their places in it. */
function setOf(
  { source, fingerprint }: FoundTexts,
  texts: Texts,
  chosen: readonly number[],
  summary: Omit<SetSummary, "count">,
): TuneSet<FileTexts> {
  const content = contentOfTexts(source);
  const names = chosen.map((i) => content.names[i]!);
  return {
    source: {
      ...pickTexts(texts, chosen),
      samples: chosen.map((i) => source.samples[i]!),
      names,
      fingerprint: `${fingerprint.text} ${sha256(chosen.join())}`,
    },
    summary,
    content: { keys: chosen.map((i) => content.keys[i]!), names },
  };
}
