import type { TuneSet } from "@taskhead/core";
import {
  beginTask,
  lengthOf,
  lengthsOf,
  pickTargets,
  pickTexts,
  tokenize,
  tokenizeWords,
  warn,
  type Split,
  type TaggedWords,
  type Texts,
  type Tokenizer,
  type Tokenizing,
  unitsOf,
} from "@taskhead/core/internals";
import type { FoundSets, LoadedSets } from "../data/kind.js";
import type { Listener } from "../data/listener.js";
import { divide } from "../data/splits/divide.js";
import type { Dividing } from "../data/splits/dividing.js";
import { splitSentence } from "../data/splits/groups.js";
import { loadedSets, type Summary } from "../data/loading.js";
import { requireValidationTargets } from "../data/splits/require-validation.js";
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
export function loadTexts(
  found: FoundSets<FoundTexts>,
  tokenizer: Tokenizer,
  dividing: Dividing,
  listener: Listener,
): Promise<LoadedSets<FileTexts>> {
  return loadedSets<FoundTexts, Tokenised, FileTexts>(found, {
    load: (set, label) => tokenised(set, tokenizer, `${label} texts`, listener),
    count: ({ texts }) => texts.count,
    summaryOf: ({ source: { path, refused } }) => ({ path, skipped: refused.length }),
    setOf,
    trainedOn(set, all, chosen, summary) {
      const lengths = lengthsOf(
        chosen.map((place) => lengthOf(all.texts, place)),
        new Set(chosen.flatMap((place, i) => (all.cut.has(place) ? [i] : []))),
        tokenizer.maxLength.tokens,
      );
      return setOf(set, all, chosen, { ...summary, lengths });
    },
    split: ({ source }, { texts }) => splitTexts(source, texts, dividing, listener),
  });
}

/** Texts that are the same stay together; what cannot be validated on is refused. */
function splitTexts(source: TextSource, { targets }: Read, dividing: Dividing, { onProgress }: Listener): Split {
  const { keys } = contentOfTexts(source);
  const groups = groupsOfTexts(source);
  const parts = divide(targets, dividing, { keys, groups, ...splittableTexts(source) });
  const copies = new Set(keys).size < keys.length;
  requireValidationTargets(splittableTexts(source), pickTargets(targets, parts.validation), copies);
  if (groups && dividing.fold !== "all")
    onProgress?.({ kind: "message", text: splitSentence(source.group!, groups, parts, "text") });
  return parts;
}

/** Texts of a set, and which of them are cut. */
interface Tokenised {
  readonly texts: Read;
  readonly cut: ReadonlySet<number>;
}

async function tokenised(
  { source }: FoundTexts,
  tokenizer: Tokenizer,
  label: string,
  { onProgress, signal }: Listener,
): Promise<Tokenised> {
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

/** Some texts of a source, by their places in it; one of which no word is left is none. */
function setOf(
  { source, fingerprint }: FoundTexts,
  { texts: { words, ...texts } }: Tokenised,
  places: readonly number[],
  summary: Summary,
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
