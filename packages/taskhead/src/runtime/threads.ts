/**
 * Threads that are more than the processors spin for their turn: a step then takes many times as long.
 * @returns a line for people; undefined where they are not, or none were asked for
 */
export function tooManyThreads(threads: number | undefined, processors: number): string | undefined {
  if (threads === undefined || threads <= processors) return undefined;
  const there = processors === 1 ? "is 1 processor" : `are ${processors} processors`;
  return `--threads ${threads}: there ${there} here, and more threads than that slow each other down; give ${processors} at most, or leave it out`;
}
