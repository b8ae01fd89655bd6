/** Numbers as the terminal shows them; a missing one (a run that diverged) is a dash. */

export function percent(fraction: number | null): string {
  return fraction === null || !Number.isFinite(fraction) ? "–" : `${(100 * fraction).toFixed(1)} %`;
}

export function fixed(value: number | null, decimals: number): string {
  return value === null || !Number.isFinite(value) ? "–" : value.toFixed(decimals);
}

/** About four significant digits, whatever the scale. */
export function significant(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  return value === 0 ? "0" : String(Number(value.toPrecision(4)));
}

export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}
