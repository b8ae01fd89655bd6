import { join } from "node:path";
import { parse } from "yaml";
import { frontMatterIn } from "./front-matter.js";
import { hubSource } from "./hub-address.js";
import { isObject } from "./is-object.js";
import { fileBeside } from "./model-folder.js";
import { readIfThere } from "./open-regular.js";

/** What the card of a model says of its licence, in the hub's own fields; empty where it says nothing. */
export type Licence = Readonly<Partial<Record<(typeof fields)[number], string>>>;

const fields = ["license", "license_name", "license_link"] as const;

/** Reads the README.md that came with a model. @param model its .onnx file */
export async function licenceOf(model: string): Promise<Licence> {
  const inner = hubSource(model)?.path;
  const card = inner === undefined ? fileBeside(model, "README.md") : join(model.slice(0, -inner.length), "README.md");
  const matter = frontMatterIn(card === undefined ? "" : readIfThere(card));
  if (matter === undefined) return {};
  try {
    const said: unknown = parse(matter);
    const known = isObject(said) ? said : {};
    return Object.fromEntries(fields.flatMap((name) => (typeof known[name] === "string" ? [[name, known[name]]] : [])));
  } catch {
    // A card that nobody can read says nothing.
    return {};
  }
}
