/**
 * The names of classes that are kept as numbers, by column: what Hugging Face's `datasets` writes of a column of `ClassLabel`,
 * or of a list of them, into a Parquet file's metadata (`names` and `_type`) and into a data set's README.md (`class_label`).
 * @param features an object by column, or a list of objects with `name`
 */
export function classNamesOf(features: unknown): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [column, feature] of columnsOf(features)) {
    const names = namesIn(feature, 0);
    if (names) found.set(column, names);
  }
  return found;
}

function columnsOf(features: unknown): [string, unknown][] {
  if (!isObject(features)) return [];
  if (!Array.isArray(features)) return Object.entries(features);
  return features.flatMap((one: unknown): [string, unknown][] =>
    isObject(one) && typeof one["name"] === "string" ? [[one["name"], one]] : [],
  );
}

/** A feature is at most a list of lists. */
const deepest = 4;

function namesIn(feature: unknown, depth: number): readonly string[] | undefined {
  if (!isObject(feature) || depth > deepest) return undefined;
  if ("class_label" in feature) return listOf(feature["class_label"]);
  if (feature["_type"] === "ClassLabel") return listOf(feature);
  for (const inner of ["dtype", "sequence", "list", "feature"]) {
    const names = namesIn(feature[inner], depth + 1);
    if (names) return names;
  }
  return undefined;
}

/** `names` is a list, or an object from numbers to names. */
function listOf(label: unknown): readonly string[] | undefined {
  const names = isObject(label) ? label["names"] : undefined;
  if (!isObject(names)) return undefined;
  const list: unknown[] = Array.isArray(names) ? names : [];
  if (!Array.isArray(names))
    for (const [number, name] of Object.entries(names)) if (/^\d{1,5}$/.test(number)) list[Number(number)] = name;
  return list.length > 0 ? Array.from(list, (name, i) => (name === undefined ? String(i) : String(name))) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
