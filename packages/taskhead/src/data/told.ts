import { leftOutInWords, type LeftOut } from "./left-out.js";
import { mostTold } from "./tables/told-rows.js";

/** A line for each class of which files are left out. @param remedy what would be taken, in brackets behind it */
export function toldLeftOut(leftOut: readonly LeftOut[], remedy: string): string[] {
  const told = leftOut.slice(0, mostTold).map((one) => `${leftOutInWords(one)} (${remedy})`);
  const others = leftOut.length - told.length;
  return others > 0 ? [...told, `files of ${others} more ${others === 1 ? "class" : "classes"} left out`] : told;
}
