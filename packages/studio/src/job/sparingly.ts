import type { TuneEvent } from "@taskhead/core";

/** Milliseconds from one word of how far something is to the next: people do not read faster, and each is drawn. */
const apart = 200;

/**
 * Passes on all that is heard, but how far something is no oftener than every so often, as a small network makes fifty steps a
 * second; where something begins or ends, at once.
 */
export function sparingly(tell: (event: TuneEvent) => void): (event: TuneEvent) => void {
  const told: Partial<Record<TuneEvent["kind"], number>> = {};
  return (event) => {
    const now = performance.now();
    if (isOnTheWay(event) && now - (told[event.kind] ?? -Infinity) < apart) return;
    told[event.kind] = now;
    tell(event);
  };
}

function isOnTheWay(event: TuneEvent): boolean {
  if (event.kind === "search") return event.left > 0;
  return event.kind === "progress" && event.done > 0 && event.done < event.total;
}
