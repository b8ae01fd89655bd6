import { join } from "node:path";
import type { Stored } from "./stored.js";

/** The same by a path from elsewhere. @param stored by a path relative to `root` */
export function storedIn(root: string, { path, within }: Stored): Stored {
  return { path: join(root, path), ...(within ? { within } : {}) };
}
