/** One measurement: what a measured process prints as its last line, and the process that measures reads. */
export interface Measurement {
  /** Steps' items, epochs or jobs. */
  readonly perSecond: number;
  /** The largest resident set of the process. */
  readonly peakBytes: number;
}

/** Prints the measurement. @param peakBytes this process's own unless given */
export function print(perSecond: number, peakBytes = process.resourceUsage().maxRSS * 1024): void {
  const measurement: Measurement = { perSecond, peakBytes };
  console.log(JSON.stringify(measurement));
}

/** @throws {Error} if what a process printed does not end with a measurement */
export function parse(output: string): Measurement {
  const line = output.trim().split("\n").at(-1)!;
  const { perSecond, peakBytes } = JSON.parse(line) as Partial<Measurement>;
  if (typeof perSecond !== "number" || typeof peakBytes !== "number") throw new Error(`no measurement: ${line}`);
  return { perSecond, peakBytes };
}

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
