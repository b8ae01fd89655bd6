import { posix } from "node:path";
import { parseSync, Visitor } from "rolldown/utils";

/** Names by which our files are imported from elsewhere. */
const ours: Readonly<Record<string, string>> = {
  taskhead: "packages/taskhead/src/index.js",
  "taskhead/inputs": "packages/taskhead/src/inputs.js",
  "taskhead/report": "packages/taskhead/src/report/index.js",
  "@taskhead/autograd": "packages/autograd/src/index.js",
  "@taskhead/core": "packages/core/src/index.js",
  "@taskhead/core/internals": "packages/core/src/internals.js",
  "@taskhead/core/settings": "packages/core/src/tune/settings/index.js",
};

export interface Import {
  readonly file: string;
  /** As it is written. */
  readonly name: string;
  /** The file that it names, from the root; the name itself where that is not ours. */
  readonly target: string;
  /** Whether nothing of it is left when it runs. */
  readonly types: boolean;
}

/** All that a file imports or exports again: values, types and what it loads later. */
export function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (node: { type: string; source: object | null }): void => {
    const { type, source } = node;
    if (!source || !("value" in source)) return;
    const name = String(source.value);
    const kind = "importKind" in node ? node.importKind : "exportKind" in node ? node.exportKind : undefined;
    found.push({ file, name, target: targetOf(file, name), types: type === "TSImportType" || kind === "type" });
  };
  new Visitor({
    ImportDeclaration: add,
    ImportExpression: add,
    TSImportType: add,
    ExportAllDeclaration: add,
    ExportNamedDeclaration: add,
  }).visit(parseSync(file, text).program);
  return found;
}

function targetOf(file: string, name: string): string {
  const path = name.startsWith(".")
    ? posix.join(posix.dirname(file), name)
    : (ours[name] ?? name.replace(/^#scripts\//, "scripts/").replace(/^#taskhead\//, "packages/taskhead/src/"));
  return path === name ? name : path.replace(/\.js$/, ".ts");
}

const inside = (folder: string, path: string): boolean => folder === "." || path.startsWith(`${folder}/`);

/** Imports of what comes later in the order of a folder, or has no place there. @param places the lowest first */
export function outOfOrder(imports: readonly Import[], folder: string, places: readonly string[]): string[] {
  const placeOf = (path: string): number => places.findIndex((place) => path === place || path.startsWith(`${place}/`));
  const within = (path: string): number => placeOf(folder === "." ? path : path.slice(folder.length + 1));
  return imports
    .filter(({ file, target }) => target.endsWith(".ts") && inside(folder, file) && inside(folder, target))
    .filter(({ file, target }) => within(file) < 0 || within(target) < 0 || within(file) < within(target))
    .map(({ file, target }) => `${file} imports ${target}`);
}

/** Imports from outside of a folder, other than of some packages. */
export function foreign(imports: readonly Import[], folder: string, allowed: readonly string[]): string[] {
  return imports
    .filter(({ file, name, target }) => inside(folder, file) && !(name.startsWith(".") && inside(folder, target)))
    .filter(({ name }) => !allowed.some((one) => name === one || name.startsWith(`${one}/`)))
    .map(({ file, name }) => `${file} imports ${name}`);
}

/** Circles between what lies in one folder, files and folders alike: a circle of files is one of these somewhere. */
export function circles(imports: readonly Import[]): string[] {
  const needs = new Map<string, Set<string>>();
  for (const { file, target } of imports) {
    const [from, to] = [file.split("/"), target.split("/")];
    const parts = from.findIndex((part, i) => part !== to[i]) + 1 || from.length; // all, where a file imports itself
    const [a, b] = [from, to].map((path) => path.slice(0, parts).join("/")) as [string, string];
    needs.set(a, (needs.get(a) ?? new Set()).add(b));
  }
  const found: string[] = [];
  const done = new Set<string>();
  const follow = (place: string, way: readonly string[]): void => {
    if (way.includes(place)) found.push([...way.slice(way.indexOf(place)), place].join(" → "));
    if (done.has(place)) return;
    done.add(place);
    for (const next of needs.get(place) ?? []) follow(next, [...way, place]);
  };
  for (const place of needs.keys()) follow(place, []);
  return found;
}

/** All that a file imports to run, and what that does, and so on: of ours the files, of others the names. */
export function reached(imports: readonly Import[], from: string): Set<string> {
  const found = new Set([from]);
  for (const file of found) for (const one of imports) if (one.file === file && !one.types) found.add(one.target);
  return found;
}
