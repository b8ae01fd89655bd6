import type { Preprocessing } from "@taskhead/core/internals";

/** The same of the whole picture: what would be cut away has a mask too. */
export function uncropped({ crop, ...rest }: Preprocessing): Preprocessing {
  return { ...rest, resize: "stretch", size: crop ?? rest.size };
}
