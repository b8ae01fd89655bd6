import { isAbsolute, relative } from "node:path";

/** A path as a person in the working folder would type it: relative to it, unless it leads out of it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short;
}
