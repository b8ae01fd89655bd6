import { join } from "node:path";
import { compare } from "../compare.js";
import { entries } from "./folders.js";
import { roleOf } from "./roles.js";

/** Files in a folder, in its `data`, and in folders that are called as sets; absolute, sorted. @param root absolute */
export async function filesOfData(root: string, wanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const look = async (dir: string, deeper: boolean): Promise<void> => {
    for (const { name, folder, file } of await entries(dir)) {
      if (file && wanted(name)) found.push(join(dir, name));
      if (folder && deeper && (name === "data" || roleOf(name))) await look(join(dir, name), name === "data");
    }
  };
  await look(root, true);
  return found.sort(compare);
}
