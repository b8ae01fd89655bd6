import { visibleLine } from "../words/visible.js";

/** Of many names only the first are told: a message is a line, whatever a folder holds. */
const mostNamed = 8;

/** `'a', 'b'` */
export function listed(names: readonly string[]): string {
  const told = names.slice(0, mostNamed).map(named);
  const others = names.length - told.length;
  return [...told, ...(others > 0 ? [`${others} more`] : [])].join(", ");
}

/** As much of a name or cell as a message needs to show. */
const mostShown = 80;

/** `'a'`, on one line and with nothing in it that steers a terminal. */
export function named(text: string): string {
  // Characters that are copied: a part of a string keeps the whole of it in memory.
  const start = text.length > mostShown ? `${Array.from(text.slice(0, mostShown)).slice(0, -1).join("")}…` : text;
  return `'${visibleLine(start)}'`;
}
