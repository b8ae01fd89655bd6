/** What repositories of the Hugging Face hub hold. */
export type HubKind = "model" | "dataset";

/** A repository of the hub, or a file or folder in it. */
export interface HubAddress {
  readonly kind: HubKind;
  /** `org/name` */
  readonly name: string;
  /** A branch, a tag, or a commit. */
  readonly revision: string;
  /** Within the repository; empty for all of it. */
  readonly path: string;
}

/** The commits that a job takes from the hub, by what it was asked for: `the model hf:org/name@v1`. */
export type Commits = Readonly<Record<string, string>>;

const usualRevision = "main";

/** What is written for an address, in words. */
export const hubForm = "hf:org/name";

/** Whether a place is meant on the hub. A file of such a name is given as `./hf:…`. */
export function isHubAddress(place: string): boolean {
  return place.startsWith("hf:");
}

/** As the hub's own tools write them too: `hf://datasets/org/name@revision/path`; special branches hold slashes. */
const grammar =
  /^hf:(?:\/\/)?(?:(models|datasets|spaces)\/)?([^/@]+\/[^/@]+)(?:@(refs\/(?:convert|pr)\/[^/]+|[^/]+))?(?:\/+(.*))?$/s;

/**
 * Reads `hf:org/name[@revision][/path]`.
 * @returns what is wrong with it, and the remedy, where it is none
 */
export function readHubAddress(text: string, kind: HubKind): HubAddress | { wrong: string } {
  const shape = `${hubForm}, with @revision and /path behind it where you like`;
  const [, prefix, name, revision, path = ""] = grammar.exec(text) ?? [];
  if (name === undefined || !isRepositoryName(name)) return { wrong: `wants ${shape}, not '${text}'` };
  if (prefix !== undefined && prefix !== `${kind}s`)
    return { wrong: `wants a ${inWords[kind]} of the hub, and '${text}' is one of its ${prefix}; give ${shape}` };
  const own = { kind, name, revision: decoded(revision ?? usualRevision), path: path.replace(/\/+$/, "") };
  if (!isRevision(own.revision)) return { wrong: `wants a branch, a tag or a commit behind the @ of '${text}'` };
  if (own.path !== "" && !isPathWithin(own.path)) return { wrong: `wants a path within the repository in '${text}'` };
  return own;
}

/** A kind of repository, as people call it. */
export const inWords: Readonly<Record<HubKind, string>> = { model: "model", dataset: "data set" };

/** An address as it is typed. */
export function addressText({ name, revision, path }: Omit<HubAddress, "kind">): string {
  const at =
    revision === usualRevision ? "" : `@${revision.startsWith("refs/") ? revision : encodeURIComponent(revision)}`;
  return `hf:${name}${at}${path === "" ? "" : `/${path}`}`;
}

/** Whether a text is `org/name` as the hub allows it; a name becomes a folder's here. */
export function isRepositoryName(text: string): boolean {
  return /^[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*$/.test(text) && !/--|\.\./.test(text) && text.length <= 96;
}

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** As git allows them, and as a file of that name may be kept. */
export function isRevision(text: string): boolean {
  return /^[\w+.-]+(\/[\w+.-]+)*$/.test(text) && !text.split("/").some((word) => /^\.|\.\.|\.lock$/.test(word));
}

/** Whether a path, as the hub says it, stays within the folder that it is put into, on any system. */
export function isPathWithin(path: string): boolean {
  return path
    .split("/")
    .every((word) => !["", ".", ".."].includes(word) && !/[\\\0]/.test(word) && !/^[A-Za-z]:/.test(word));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Folders of repositories in the hub's cache, by which a file on this machine tells where it is from. */
const kept =
  /(?:^|[\\/])(model|dataset)s--((?:(?!--)[\w.-])+)--((?:(?!--)[\w.-])+)[\\/]snapshots[\\/]([0-9a-f]{40})(?:[\\/](.*))?$/s;

/** Where on the hub a file or folder is from, at which commit; undefined for one that is from elsewhere. */
export function hubSource(path: string): HubAddress | undefined {
  const [, kind, owner, name, revision, inner = ""] = kept.exec(path) ?? [];
  if (revision === undefined) return undefined;
  return { kind: kind as HubKind, name: `${owner}/${name}`, revision, path: inner.replaceAll("\\", "/") };
}

/** What was asked for of an address, as a run remembers it with its commit: whatever path in the repository is taken. */
export function askedFor({ kind, ...address }: HubAddress): string {
  return `the ${inWords[kind]} ${addressText({ ...address, path: "" })}`;
}

/** A place as it is told: what is from the hub by its address there, with the commit. */
export function shownPlace(path: string): string {
  const source = hubSource(path);
  return source ? addressText(source) : path;
}
