import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Where the notices lie beside the page. */
const fileName = "licences.txt";

/** A package of which modules are bundled. */
interface Bundled {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/**
 * Writes the licence notices of all that a page and its workers bundle into `licences.txt` beside it: what their packages say in
 * files called so, in the order of their names. The build fails for a package that has none.
 * @param own the licence of the page itself
 * @param beside folder with the notices of packages that lack theirs, `NAME.txt`
 */
export function licences(own: string, beside: string): { readonly page: Plugin; worker(): Plugin } {
  const found = new Map<string, Bundled>();
  const collect: Plugin["generateBundle"] = (_, bundle) => {
    for (const part of Object.values(bundle))
      if (part.type === "chunk")
        for (const id of part.moduleIds) {
          const folder = folderOf(id);
          if (folder !== undefined) found.set(folder, found.get(folder) ?? opened(folder));
        }
  };
  return {
    // Workers are bundled before the page that begins them.
    worker: () => ({ name: "licences-of-workers", generateBundle: collect }),
    page: {
      name: "licences",
      generateBundle(...args) {
        Reflect.apply(collect, this, args);
        this.emitFile({ type: "asset", fileName, source: told([...found.values()], own, beside) });
      },
    },
  };
}

/** The folder of a module's package; undefined of our own. */
function folderOf(id: string): string | undefined {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll("\\", "/"))?.[1];
}

function opened(folder: string): Bundled {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Bundled;
  return { folder, name, version, license };
}

/** @throws {Error} naming packages that have no notices */
function told(all: readonly Bundled[], own: string, beside: string): string {
  const sorted = all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const lacking = sorted.filter((one) => filesOf(one, beside).length === 0);
  if (lacking.length > 0)
    throw new Error(
      `${lacking.map(({ name }) => name).join(", ")}: no file of the licence is there, and the page would be without; put each notice into ${join(beside, "NAME.txt")}`,
    );
  const parts = sorted.map((one) => {
    const notices = filesOf(one, beside).map((path) => readFileSync(path, "utf8").trim());
    return [`${one.name} ${one.version} (${one.license.replace(/^\(|\)$/g, "")})`, ...notices].join("\n\n");
  });
  const line = `\n\n${"-".repeat(80)}\n\n`;
  return `${[`This page is a part of taskhead, which is under this licence:\n\n${readFileSync(own, "utf8").trim()}\n\nIt contains these packages.`, ...parts].join(line)}\n`;
}

/** The files in which a package says under which licence it is. */
function filesOf({ folder, name }: Bundled, beside: string): string[] {
  const named = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const own = named.flatMap((file) => {
    const path = join(folder, file);
    return statSync(path).isDirectory() ? readdirSync(path).map((inner) => join(path, inner)) : [path];
  });
  const ours = join(beside, `${name}.txt`);
  return own.length === 0 && existsSync(ours) ? [ours] : own;
}
