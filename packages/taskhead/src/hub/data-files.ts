import { extname, posix } from "node:path";
import { isOfSystem } from "../data/of-system.js";
import { listed } from "../data/listed.js";
import { matching } from "../data/sets/matching.js";
import { roleOf } from "../data/sets/roles.js";
import { UserError } from "../files/errors.js";
import type { HubAddress } from "../files/hub-address.js";
import { imageName } from "../files/image-names.js";
import { archiveEnding } from "../files/archive-endings.js";
import { tableEndings } from "../files/table-endings.js";
import { columnEndings, taggedEndings } from "../files/tagged-endings.js";
import { readDataCard } from "../data/sets/read-data-card.js";
import type { HubFile } from "./cache.js";
import type { Hub } from "./hub.js";
import { Repository, sizeInWords } from "./repository.js";

/** What of a data set is read, by the names of its files. */
const endings: readonly string[] = [...tableEndings, ...taggedEndings, ...columnEndings];

/** What says what masks hold, in their folder or above it. */
const classesOfMasks = "classes.json";

/**
 * Fetches a data set, or a file or folder of it: what its README.md names as its sets where it does, else all files of kinds
 * that are read.
 * @param pinned the commit that a run has begun with
 * @returns where it is on this machine, and the commit
 * @throws {UserError} if it cannot be had, or holds nothing that is read
 */
export async function fetchData(
  hub: Hub,
  address: HubAddress,
  pinned?: string,
): Promise<{ path: string; commit: string }> {
  const repository = await Repository.open(hub, address, pinned);
  const files = await repository.files();
  const { path } = address;
  const place = { path: repository.place(path), commit: repository.commit };
  const own = files.find((file) => file.path === path);
  const root = path === "" ? "" : `${path}/`;
  const within = files.filter((file) => file.path.startsWith(root));
  if (!own && within.length === 0)
    throw new UserError(`${repository.pinned()} is not there; the data set has ${listed(topOf(files))}`);
  const card = own ? undefined : files.find((file) => file.path === `${root}README.md`);
  if (card) await repository.fetch([card]);
  const sets = card && setsNamed(await readDataCard(place.path));
  const wanted = own
    ? [own]
    : within.filter((file) => (sets ? sets(file.path.slice(root.length)) : isRead(file.path.slice(root.length))));
  const unread = sets && wanted.find((file) => !isRead(file.path));
  if (unread)
    throw new UserError(
      `the card of ${repository.pinned("")} names ${unread.path}, which is of no kind that is read; give files that are, or fetch and unpack it yourself`,
    );
  // What a card names and is not there is told by whoever reads it.
  if (wanted.length === 0 && !sets)
    throw new UserError(
      `${repository.pinned()} holds no table, text, picture or archive that is read (it has ${listed(kindsOf(within))}); give another, or fetch and unpack it yourself`,
    );
  const above = files.filter((file) => file.path === posix.join(path, "..", classesOfMasks));
  await repository.fetch([...wanted, ...above]);
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  const count = own ? "" : `${wanted.length} ${wanted.length === 1 ? "file" : "files"} of `;
  hub.listener.onProgress?.({
    kind: "message",
    text: `takes ${count}${repository.pinned()} (${sizeInWords(bytes)})`,
  });
  return place;
}

/** Which files a data card names for the sets that are used; undefined where it names none. */
function setsNamed(card: Awaited<ReturnType<typeof readDataCard>>): ((path: string) => boolean) | undefined {
  if (!card?.dataFiles) return undefined;
  const patterns = [...card.dataFiles].flatMap(([set, own]) => (roleOf(set) ? own : []));
  return matching(patterns);
}

/** Whether a file is of a kind that is read, and none of a system's own. */
function isRead(path: string): boolean {
  if (path.split("/").some(isOfSystem)) return false;
  return imageName.test(path) || archiveEnding.test(path) || endings.includes(extname(path).toLowerCase());
}

function topOf(files: readonly HubFile[]): string[] {
  return [...new Set(files.map(({ path }) => path.split("/")[0]!))].filter((name) => !isOfSystem(name)).sort();
}

function kindsOf(files: readonly HubFile[]): string[] {
  return [...new Set(files.map(({ path }) => extname(path) || posix.basename(path)))].sort();
}
