import { UserError } from "../files/errors.js";
import {
  askedFor,
  isHubAddress,
  readHubAddress,
  type Commits,
  type HubAddress,
  type HubKind,
} from "../files/hub-address.js";
import type { Listener } from "../data/listener.js";
import { hubPlaces as kinds, type HubPlace } from "../options/hub-places.js";
import { fetchData } from "./data-files.js";
import { Hub } from "./hub.js";
import { fetchModel } from "./model-files.js";

/** Options as they were given, by name: texts, or lists of them. */
type Given = Readonly<Record<string, unknown>>;

/**
 * Fetches what options name on the hub, and puts its paths on this machine in their places.
 * @param pinned the commit that a run has begun with, by what was asked for
 * @throws {UserError} if one cannot be had
 */
export async function fetchPlaces<G extends Given>(
  given: G,
  pinned: (asked: string) => string | undefined,
  listener: Listener,
): Promise<{ given: G; commits: Commits }> {
  const hub = await Hub.open(listener);
  const commits: Record<string, string> = {};
  const one = async (name: HubPlace, place: unknown): Promise<unknown> => {
    if (typeof place !== "string" || !isHubAddress(place)) return place;
    const address = addressIn(place, kinds[name]);
    const asked = askedFor(address);
    const known = commits[asked] ?? pinned(asked);
    if (known !== undefined && !(asked in commits))
      listener.onProgress?.({ kind: "message", text: `goes on with commit ${known} of ${asked}` });
    const fetched =
      address.kind === "model"
        ? await fetchModel(hub, address, known).then(({ file, commit }) => ({ path: file, commit }))
        : await fetchData(hub, address, known);
    commits[asked] = fetched.commit;
    return fetched.path;
  };
  const local: Record<string, unknown> = { ...given };
  for (const name of Object.keys(kinds) as HubPlace[]) {
    const place = given[name];
    if (Array.isArray(place)) local[name] = await inTurn(place, (own) => one(name, own));
    else if (place !== undefined) local[name] = await one(name, place);
  }
  return { given: local as G, commits };
}

/** A place that a command takes as an argument, on this machine. */
export async function fetchPlace(place: string, kind: HubKind, listener: Listener): Promise<string> {
  if (!isHubAddress(place)) return place;
  const hub = await Hub.open(listener);
  const address = addressIn(place, kind);
  return kind === "dataset" ? (await fetchData(hub, address)).path : (await fetchModel(hub, address)).file;
}

/** The folder of a model, for commands that take one. */
export async function fetchModelFolder(place: string, listener: Listener): Promise<string> {
  if (!isHubAddress(place)) return place;
  return (await fetchModel(await Hub.open(listener), addressIn(place, "model"))).folder;
}

function addressIn(place: string, kind: HubKind): HubAddress {
  const address = readHubAddress(place, kind);
  if ("wrong" in address) throw new UserError(`the address ${address.wrong}`);
  return address;
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}
