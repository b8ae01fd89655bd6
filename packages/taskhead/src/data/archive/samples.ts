import { named } from "../listed.js";
import { isOfSystem } from "../of-system.js";
import { leaves, plainPath } from "../plain-path.js";
import type { Member } from "./tar-members.js";

/** Members of an archive that belong together, as WebDataset has it: those whose paths are the same up to the first dot. */
export interface ArchiveSample {
  /** `photos/0001` */
  readonly key: string;
  /** By what is behind that dot, lower case: `jpg`, `cls`, `seg.png`. */
  readonly parts: ReadonlyMap<string, Member>;
  /** Why it cannot be used. */
  readonly fault?: string;
}

/**
 * The samples of an archive, in the order in which they begin. Hidden members, and such as have no ending, are no part of any.
 * @see https://github.com/webdataset/webdataset (base_plus_ext)
 */
export function samplesOf(members: readonly Member[]): ArchiveSample[] {
  interface Sample {
    key: string;
    parts: Map<string, Member>;
    fault?: string;
  }
  const found = new Map<string, Sample>();
  for (const member of members) {
    const path = plainPath(member.name);
    const [, key, ending] = /^((?:[^]*\/)?[^./][^/.]*)\.([^/]+)$/.exec(path) ?? [];
    if (key === undefined || ending === undefined || isAside(path)) continue;
    const sample: Sample = found.get(key) ?? { key, parts: new Map() };
    found.set(key, sample);
    const part = ending.toLowerCase();
    if (leaves(path)) sample.fault ??= `${named(member.name)} leads out of the archive`;
    else if (sample.parts.has(part)) sample.fault ??= `${named(member.name)} is there twice`;
    else sample.parts.set(part, member);
  }
  return [...found.values()];
}

/** Whether systems put it there. @param path as `plainPath` gives it */
export function isAside(path: string): boolean {
  return path.split("/").some((part) => part !== ".." && isOfSystem(part));
}
