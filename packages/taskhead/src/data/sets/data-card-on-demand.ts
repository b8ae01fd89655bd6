import type { DataCard } from "./data-card.js";

/** As `dataCardIn`, whose reader of YAML is loaded when there is one to be read. */
export async function dataCardOf(text: string, path: string): Promise<DataCard | undefined> {
  const { dataCardIn } = await import("./data-card.js");
  return dataCardIn(text, path);
}
