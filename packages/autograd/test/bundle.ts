import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";

const source = (name: string) => fileURLToPath(new URL(`../../${name}/src/index.ts`, import.meta.url));

/**
 * Bundles a package for a browser and runs the bundle where nothing exists but ECMAScript and a text codec.
 * @param globals what else there is, by name
 * @returns what it exports
 * @throws {Error} if it imports a module that is not in the bundle, such as one of Node's
 */
export async function bundled(
  name: string,
  globals: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  const bundle = await rolldown({
    input: source(name),
    platform: "browser",
    tsconfig: false, // its paths lead to declarations, which are for the compiler
    resolve: { alias: { "@taskhead/autograd": source("autograd") }, extensionAlias: { ".js": [".ts", ".js"] } },
    // A module that cannot be bundled, as Node's own, would be left as an import.
    onLog: (_level, log) => {
      throw new Error(log.message);
    },
  });
  const { output } = await bundle.generate({ format: "iife", name: "bundle", codeSplitting: false });
  const [{ code, imports }] = output;
  if (imports.length > 0) throw new Error(`the bundle of ${name} imports ${imports.join(", ")}`);
  const context = createContext({ TextEncoder, TextDecoder, ...globals });
  return runInContext(`${code}; bundle`, context) as Record<string, unknown>;
}
