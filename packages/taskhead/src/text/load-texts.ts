import type { TuneSet } from "@taskhead/core";
import {
  beginTask,
  lengthOf,
  lengthsOf,
  pickTargets,
  pickTexts,
  tokenize,
  tokenizeWords,
  upTo,
  warn,
  type SetSummary,
  type TaggedWords,
  type Texts,
  type Tokenizer,
  type Tokenizing,
  unitsOf,
} from "@taskhead/core/internals";
import type { FoundSets, LoadedSets } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { divide } from "../data/divide.js";
import type { Dividing } from "../data/dividing.js";
import { splitSentence } from "../data/groups.js";
import { requireValidationTargets } from "../data/require-validation.js";
import { toldLeftOut } from "../data/told.js";
import { sha256 } from "../files/sha256.js";
import { percent, plain, plural } from "../words/format.js";
import type { FileTexts, FoundTexts } from "./sets.js";
import {
  contentOfTexts,
  groupsOfTexts,
  refusedTexts,
  splittableTexts,
  targetsOfTexts,
  type TextSample,
  type TextSource,
} from "./text-source.js";

/** What is taken of folders. */
export const leftOutRemedy = "texts are .txt files";

/** Tokenises all texts of a run, and splits the training texts where there are none for validation. */
export async function loadTexts(
  found: FoundSets<FoundTexts>,
  tokenizer: Tokenizer,
  dividing: Dividing,
  listener: Listener,
): Promise<LoadedSets<FileTexts>> {
  const whole = async (set: FoundTexts, label: string): Promise<TuneSet<FileTexts>> => {
    const { texts } = await tokenised(set, tokenizer, label, listener);
    return setOf(set, texts, upTo(texts.count), summaryOf(set.source));
  };
  const { texts: all, cut } = await tokenised(found.train, tokenizer, "training texts", listener);
  const other = found.validation && (await whole(found.validation, "validation texts"));
  const parts = other ? null : splitTexts(found.train.source, all, dividing);
  const { group } = found.train.source;
  const groups = groupsOfTexts(found.train.source);
  if (parts && groups && dividing.fold !== "all")
    listener.onProgress?.({ kind: "message", text: splitSentence(group!, groups, parts, "text") });
  const test = found.test && (await whole(found.test, "test texts"));
  const ood: TuneSet<FileTexts>[] = [];
  for (const set of found.ood) ood.push(await whole(set, "out-of-distribution texts"));
  const chosen = parts?.train ?? upTo(all.count);
  const train = setOf(found.train, all, chosen, summaryOf(found.train.source));
  const lengths = lengthsOf(
    chosen.map((place) => lengthOf(all, place)),
    new Set(chosen.flatMap((place, i) => (cut.has(place) ? [i] : []))),
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
function splitTexts(source: TextSource, { targets }: Read, dividing: Dividing) {
  const { keys } = contentOfTexts(source);
  const parts = divide(targets, dividing, { keys, groups: groupsOfTexts(source), ...splittableTexts(source) });
  const copies = new Set(keys).size < keys.length;
  requireValidationTargets(splittableTexts(source), pickTargets(targets, parts.validation), copies);
  return parts;
}

async function tokenised(
  { source }: FoundTexts,
  tokenizer: Tokenizer,
  label: string,
  { onProgress, signal }: Listener,
): Promise<{ texts: Read; cut: ReadonlySet<number> }> {
  onProgress?.({ kind: "message", text: source.said });
  for (const text of refusedTexts(source)) warn(onProgress, `skipped ${text}`);
  for (const text of [...source.notes, ...toldLeftOut(source.leftOut ?? [], leftOutRemedy)]) warn(onProgress, text);
  const { samples } = source;
  const task = beginTask(onProgress, label, samples.length, "texts");
  try {
    const tokenizing = { onProgress: (done: number) => task.update(done), signal };
    const { cut, ...texts } =
      source.task === "token-classification"
        ? await readWords(tokenizer, samples, label, tokenizing, onProgress)
        : { ...(await tokenize(tokenizer, samples, tokenizing)), targets: targetsOfTexts(source, samples) };
    const { tokens } = tokenizer.maxLength;
    if (cut.length > 0)
      warn(
        onProgress,
        plain(
          `${plural(cut.length, label.replace(/s$/, ""))} (${percent(cut.length / samples.length)}) ${cut.length === 1 ? "has" : "have"} more than ${tokens} tokens and ${cut.length === 1 ? "is" : "are"} cut there; --max-length keeps more, as far as the model takes it`,
        ),
      );
    return { texts, cut: new Set(cut) };
  } finally {
    task.end();
  }
}

/** Texts as token ids, and of the words that have targets which of their text they are. */
type Read = Texts & { readonly words?: Uint32Array };

async function readWords(
  tokenizer: Tokenizer,
  samples: readonly TextSample[],
  label: string,
  tokenizing: Tokenizing,
  onProgress: Listener["onProgress"],
): Promise<Read & { cut: readonly number[] }> {
  const { lost, ...texts } = await tokenizeWords(tokenizer, samples.map(taggedWords), tokenizing);
  if (lost > 0)
    warn(
      onProgress,
      plain(
        `${plural(lost, "word")} of the ${label} ${lost === 1 ? "is" : "are"} not counted, as ${lost === 1 ? "it is" : "they are"} cut away or no token is made of ${lost === 1 ? "it" : "them"}`,
      ),
    );
  return texts;
}

function taggedWords({ words = [], target }: TextSample): TaggedWords {
  return { words, tags: target as readonly number[] };
}

function summaryOf({ path, refused }: TextSource): Omit<SetSummary, "count"> {
  return { path, skipped: refused.length };
}

/** Some texts of a source, by their places in it; one of which no word is left is none. */
function setOf(
  { source, fingerprint }: FoundTexts,
  { words, ...texts }: Read,
  places: readonly number[],
  summary: Omit<SetSummary, "count">,
): TuneSet<FileTexts> {
  const chosen = places.filter((i) => unitsOf(texts.targets, [i]).length > 0);
  const content = contentOfTexts(source);
  const names = chosen.map((i) => content.names[i]!);
  const groups = groupsOfTexts(source);
  return {
    source: {
      ...pickTexts(texts, chosen),
      ...(words ? { words: Uint32Array.from(unitsOf(texts.targets, chosen), (unit) => words[unit]!) } : {}),
      samples: chosen.map((i) => source.samples[i]!),
      names,
      fingerprint: `${fingerprint.text} ${sha256(chosen.join())}`,
    },
    summary,
    content: {
      keys: chosen.map((i) => content.keys[i]!),
      names,
      ...(groups ? { groups: chosen.map((i) => groups[i]) } : {}),
    },
  };
}
