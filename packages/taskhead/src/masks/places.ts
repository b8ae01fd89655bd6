import type { Size } from "@taskhead/core/internals";

/** Masks with more pixels than so many times those that the network gets cost more than they teach. */
const mostPlaces = 4;

/** The masks' own size, where they have one in common that is not far larger than what the network gets; else that of the latter. */
export function placesFor(sizes: readonly Size[], size: Size): Size {
  const [first] = sizes;
  const alike = first && sizes.every(({ width, height }) => width === first.width && height === first.height);
  return alike && first.width * first.height <= mostPlaces * size.width * size.height ? { ...first } : { ...size };
}

/** At which size masks are learnt, and why; without a capital and a full stop. @param sizes of the masks, where they are known */
export function toldPlaces(places: Size, sizes: readonly Size[] = []): string {
  const at = `${places.width}×${places.height}`;
  return sizes.every(({ width, height }) => width === places.width && height === places.height)
    ? `masks are learnt at their own size, ${at}`
    : `masks are learnt at ${at}, by their nearest pixels, ${whyNotOwn(sizes)}; the exported model is scored on the masks themselves`;
}

/** Why masks are not learnt at their own size, and what would change it. */
function whyNotOwn(sizes: readonly Size[]): string {
  const [first] = sizes;
  const alike = sizes.every(({ width, height }) => width === first!.width && height === first!.height);
  if (!alike) return "as they are of several sizes";
  const { width, height } = first!;
  const enough = Math.sqrt(1 / mostPlaces);
  return `as their own ${width}×${height} has more than ${mostPlaces} times as many pixels (from --size ${Math.ceil(width * enough)}x${Math.ceil(height * enough)} on they are learnt as they are)`;
}
