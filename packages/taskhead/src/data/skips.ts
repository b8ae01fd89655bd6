import { mostTold } from "./tables/told-rows.js";

/** Why a HEIC picture is not read where sharp lacks its codec, and what to do. */
export const heicReason =
  "it is HEIC, which the sharp installed here does not decode, as HEVC is patented: convert it with heif-convert, or on a Mac with sips -s format jpeg, or install a sharp built with libheif and HEVC";

/** Reasons of the machine, not of a file: a line for all that have one is enough. */
const ofMachine: ReadonlyMap<string, string> = new Map([[heicReason, "HEIC picture"]]);

/** Tells of samples that are skipped: the first by their names, of the rest how many; what a machine lacks is told once. */
export class ToldSkips {
  private told = 0;
  private more = 0;
  private readonly alike = new Map<string, { first: string; count: number }>();

  /** @param say takes a part of a sentence that begins with "skipped" */
  constructor(private readonly say: (text: string) => void) {}

  add(name: string, reason: string): void {
    if (ofMachine.has(reason)) {
      const known = this.alike.get(reason);
      if (known) known.count++;
      else this.alike.set(reason, { first: name, count: 1 });
    } else if (++this.told <= mostTold) this.say(`${name}: ${reason}`);
    else this.more++;
  }

  /** @param where " of photos" */
  end(where = ""): void {
    if (this.more > 0) this.say(`${this.more} more${where}`);
    for (const [reason, { first, count }] of this.alike) this.say(inOne(first, count, reason));
  }
}

function inOne(first: string, count: number, reason: string): string {
  return count === 1 ? `${first}: ${reason}` : `${count} ${ofMachine.get(reason)}s, such as ${first}: ${reason}`;
}

/** All that could not be read, a line each; what a machine lacks once. */
export function toldLost(lost: readonly { readonly name: string; readonly reason: string }[]): string[] {
  const alike = [...ofMachine.keys()].map((reason) => lost.filter((one) => one.reason === reason));
  return [
    ...lost.filter(({ reason }) => !ofMachine.has(reason)).map(({ name, reason }) => `${name}: ${reason}`),
    ...alike.filter(({ length }) => length > 0).map((some) => inOne(some[0]!.name, some.length, some[0]!.reason)),
  ];
}
