import type { Overlap, Pairs } from "../data/duplicates.js";
import type { Gap } from "../objectives/gaps.js";
import type { DataSummary } from "./results.js";

/**
 * What is to be known of a job's data before its scores are believed, a line each: samples that are in several sets or
 * under several targets, and outputs that cannot be learned, validated or tested. Empty where there is nothing.
 */
export function dataNotes(data: DataSummary): string[] {
  return [...gapNotes(data), ...duplicateNotes(data), ...groupNotes(data)];
}

/** So many names are told. */
const named = 5;

function gapNotes(data: DataSummary): string[] {
  const groups = new Map<string, Gap[]>();
  for (const gap of data.gaps) {
    const key = [gap.set, gap.lacks, isLast(gap, data)].join();
    groups.set(key, [...(groups.get(key) ?? []), gap]);
  }
  return [...groups.values()].map((gaps) => gapNote(gaps, data));
}

/** Whether the one sample of a class is trained on, so that the split left none. */
function isLast({ set, trained }: Gap, { validation }: DataSummary): boolean {
  return set === "validation" && validation.path === null && trained === 1;
}

const nouns = {
  classification: "class",
  "multi-label": "label",
  regression: "number",
  "token-classification": "tag",
  segmentation: "class",
} as const;

function gapNote(gaps: readonly Gap[], data: DataSummary): string {
  const [{ set, lacks }] = gaps as [Gap];
  const one = gaps.length === 1;
  const { sample, objective } = data;
  const noun = nouns[objective];
  const names = listed(gaps.map(({ output }) => output));
  const which = `${one ? noun : noun === "class" ? "classes" : `${noun}s`} ${names}`;
  if (isLast(gaps[0]!, data))
    return `${which} ${one ? `has one ${sample}` : `have one ${sample} each`}, so none is left to validate on`;
  const so = {
    training: `${one ? "it" : "they"} cannot be learned`,
    validation: `nothing says how well ${one ? "it is" : "they are"} learned`,
    test: `the test score says nothing of ${one ? "it" : "them"}`,
  }[set];
  if (lacks === "samples") return `${which} ${one ? "has" : "have"} no ${set} ${sample}: ${so}`;
  if (lacks === "variety") return `${which} ${one ? "is" : "are"} the same in all ${set} ${sample}s: ${so}`;
  return `${which} ${one ? "is" : "are"} ${lacks === "yes" ? "no" : "yes"} in all ${set} ${sample}s where ${one ? "it is" : "they are"} known: ${so}`;
}

/** What two samples that are the same have different ones of. */
const others = {
  classification: "of another class",
  "multi-label": "with other labels",
  regression: "with other numbers",
  "token-classification": "with other tags",
  segmentation: "with another mask",
} as const;

function duplicateNotes({ duplicates, sample, objective, validation }: DataSummary): string[] {
  if (!duplicates) return [];
  const { across, contradicting, repeated } = duplicates;
  return [
    ...across.map((overlap) => overlapNote(overlap, sample)),
    ...(contradicting.count > 0
      ? [
          `${times(contradicting.count, sample)} ${contradicting.count === 1 ? "is" : "are"} the same as another ${others[objective]} (${examples(contradicting)}): keep the right one of each`,
        ]
      : []),
    ...repeated.map((repeats) => {
      const one = repeats.count === 1;
      const apart =
        repeats.set !== "test" && validation.path === null ? ", though never on both sides of the split" : "";
      return `${times(repeats.count, `${repeats.set} ${sample}`)} ${one ? "is a copy" : "are copies"} of another (${examples(repeats)}) and ${one ? "counts" : "count"} again${apart}`;
    }),
  ];
}

function overlapNote(overlap: Overlap, sample: string): string {
  const { set, earlier, count } = overlap;
  const one = count === 1;
  const what = {
    training: "",
    validation: `, so what is chosen on ${one ? "it" : "them"} was trained on`,
    test: `, so the test score flatters`,
    "out-of-distribution": `, so ${one ? "it does" : "they do"} not come from elsewhere`,
  }[set];
  return `${times(count, `${set} ${sample}`)} ${one ? "is" : "are"} also in the ${earlier} set (${examples(overlap)})${what}: remove ${one ? "it" : "them"} from one of the two`;
}

function groupNotes({ groups, sample }: DataSummary): string[] {
  return (groups?.overlaps ?? []).map(({ set, earlier, groups: count, samples, examples }) => {
    const one = count === 1;
    const others = count - examples.length;
    const names = others > 0 ? [...examples.map(quoted), `${others} more`] : examples.map(quoted);
    const what = {
      training: "",
      validation: ", so what is chosen by them is of groups that were trained on",
      test: ", so the test score flatters",
      "out-of-distribution": ", so they do not come from elsewhere",
    }[set];
    return `${times(count, "group")} of the ${set} set ${one ? "is" : "are"} also in the ${earlier} set (${names.join(", ")}; ${times(samples, `${set} ${sample}`)})${what}: keep ${one ? "it" : "each"} in one of the two`;
  });
}

function quoted(name: string): string {
  return `'${name}'`;
}

/** "a is b, c is d, and 4 more" */
function examples({ count, examples: pairs }: Pairs): string {
  const told = pairs.map(([name, first]) => `${name} is ${first}`).join(", ");
  const others = count - pairs.length;
  return others > 0 ? `${told}, and ${others} more` : told;
}

function listed(names: readonly string[]): string {
  const told = names.slice(0, names.length > named + 1 ? named : names.length).map((name) => `'${name}'`);
  const others = names.length - told.length;
  const last = others > 0 ? `${others} more` : told.pop();
  return told.length === 0 ? last! : `${told.join(", ")} and ${last}`;
}

function times(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
