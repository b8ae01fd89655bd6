/** 0.8312 → `83.1 %` */
export function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)} %`;
}

/** Numbers of epochs: `0.25`, `16`. */
export function epochs(tau: number): string {
  return Number.isInteger(tau) ? String(tau) : tau.toFixed(2).replace(/0+$/, "");
}

/** `1 picture`, `3 pictures` */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** `40 s`, `3 min 20 s` */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** As `taskhead predict` prints one: `3.1416`, `-0.5` */
export function number(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** Of features that moved, small ones too: `138`, `0.041` */
export function distance(value: number): string {
  return String(Number(value.toPrecision(3)));
}
