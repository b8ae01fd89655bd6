/** Colours of classes for people to tell apart, red, green, blue in 0..255. */
export type Rgb = readonly [number, number, number];

/** Where a pixel does not count. */
const nothing: Rgb = [0, 0, 0];

/** Muted hues that read well beside each other. */
const known: readonly Rgb[] =
  "4c78a8 f58518 54a24b e45756 b279a2 eeca3b 72b7b2 9d755d ff9da6 79706e 1f4e79 8cb369 6a4c93 c44536 2a9d8f e9c46a a8dadc b56576 355070 f4a261"
    .split(" ")
    .map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb);

/** The colour of a class; beyond the first twenty hues a golden angle apart. */
export function classColour(index: number): Rgb {
  if (index < 0) return nothing;
  const own = known[index];
  if (own) return own;
  const hue = (index * 137.508) % 360;
  const light = 0.4 + 0.25 * ((index % 3) / 2);
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (light - 0.6 * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** `#4c78a8` */
export function hexOf(colour: Rgb): string {
  return `#${colour.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}

/** A map of classes as RGB bytes, [places, 3]. */
export function coloured(classes: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(3 * classes.length);
  for (let i = 0; i < classes.length; i++) out.set(classColour(classes[i]!), 3 * i);
  return out;
}
