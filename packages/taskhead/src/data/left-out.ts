import { extname } from "node:path";

/** Files of one class folder that are not taken for samples, counted. */
export interface LeftOut {
  class: string;
  /** Files by what they are: `.bmp`, `hidden .jpg`, `broken link or pipe`, `without extension`; the most first. */
  kinds: Record<string, number>;
}

/** What systems put into folders by themselves: nobody misses these. */
const litter = /^(thumbs\.db|desktop\.ini)$/i;

/** What to call a file that is left out; nothing where nobody misses it. */
export type KindsOf = (name: string, hidden: boolean, file: boolean) => string[];

/**
 * @param wanted matches the names of files that are samples
 * @returns `hidden`: the file's name starts with a dot, and of these only such as would be samples are worth a word; `file`:
 * false of a link to nothing, a pipe
 */
export function kindsBut(wanted: RegExp): KindsOf {
  return (name, hidden, file) => {
    const extension = extname(name).toLowerCase();
    if (hidden) return wanted.test(name) ? [`hidden ${extension}`] : [];
    if (!file) return ["broken link or pipe"];
    return litter.test(name) ? [] : [extension || "without extension"];
  };
}

/** Counts them. @returns undefined of none */
export function countKinds(name: string, kinds: readonly string[]): LeftOut | undefined {
  if (kinds.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return { class: name, kinds: Object.fromEntries(sorted) };
}

/** Counts those too that are samples by their names, but cannot be read. */
export function withUnreadable(
  leftOut: readonly LeftOut[],
  unreadable: readonly { file: string; class: string }[],
): LeftOut[] {
  const names = new Set([...leftOut, ...unreadable].map((one) => one.class));
  return [...names].map((name) => {
    const kinds = { ...leftOut.find((one) => one.class === name)?.kinds };
    for (const { file } of unreadable.filter((one) => one.class === name)) {
      const kind = `unreadable ${extname(file).toLowerCase()}`;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    return { class: name, kinds };
  });
}

/** How many kinds one line names. */
const mostKinds = 5;

/** "9 .bmp, 8 .heic" */
export function kindsInWords({ kinds }: LeftOut): string {
  const all = Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`);
  return all.length > mostKinds
    ? [
        ...all.slice(0, mostKinds),
        `${all.length - mostKinds} more ${all.length - mostKinds === 1 ? "kind" : "kinds"}`,
      ].join(", ")
    : all.join(", ");
}

/** "17 files of class disc left out: 9 .bmp, 8 .heic" */
export function leftOutInWords(left: LeftOut): string {
  const count = Object.values(left.kinds).reduce((sum, n) => sum + n, 0);
  return `${count} ${count === 1 ? "file" : "files"} of class ${left.class} left out: ${kindsInWords(left)}`;
}
