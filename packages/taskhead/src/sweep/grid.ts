/** What a sweep varies; each axis a comma list, as on the command line. */
export const axes = ["method", "head", "smoothing", "taus", "lr", "seeds"] as const;

export type Axis = (typeof axes)[number];

export type Grid = Record<Axis, string>;

/** The values of a comma list, each once. */
export function values(list: string): string[] {
  return [...new Set(list.split(",").map((part) => part.trim()))];
}

/** All combinations, the last axis varying fastest. */
export function product<A extends string>(lists: Readonly<Record<A, readonly string[]>>): Record<A, string>[] {
  return (Object.keys(lists) as A[]).reduce(
    (points, axis) => points.flatMap((point) => lists[axis].map((one) => ({ ...point, [axis]: one }))),
    [{} as Record<A, string>],
  );
}
