import { parse } from "yaml";
import { classNamesOf } from "../classes/class-names.js";
import { listed } from "../listed.js";
import { UserError } from "../../files/errors.js";
import { frontMatterIn } from "../../files/front-matter.js";

/** What the README.md of a Hugging Face data set says of its files: the YAML between two lines `---` at its begin. */
export interface DataCard {
  /** Patterns of files by the name of their set, as `train`; absent where it says none. */
  dataFiles?: ReadonlyMap<string, readonly string[]>;
  /** Of columns of class numbers: what each number stands for. */
  classNames: ReadonlyMap<string, readonly string[]>;
}

/**
 * @param text the README.md's
 * @param path as people call it
 * @returns undefined if it says nothing of data
 * @throws {UserError} if it cannot be understood, or describes several data sets and says of none that it is the usual one
 */
export function dataCardIn(text: string, path: string): DataCard | undefined {
  const matter = frontMatterIn(text);
  if (matter === undefined) return undefined;
  let content: unknown;
  try {
    content = parse(matter);
  } catch (error) {
    throw new UserError(
      `the data card ${path} is not YAML (${(error as Error).message.split("\n")[0]}); mend it, or give the data's files themselves`,
    );
  }
  if (!isObject(content)) return undefined;
  const config = theUsual(path, objects(content["configs"]));
  const infos = Array.isArray(content["dataset_info"]) ? content["dataset_info"] : [content["dataset_info"]];
  const info = theUsual(path, objects(infos), config?.["config_name"]);
  const dataFiles = config && patternsOf(config);
  const classNames = classNamesOf(info?.["features"]);
  if (!dataFiles && classNames.size === 0) return undefined;
  return { ...(dataFiles ? { dataFiles } : {}), classNames };
}

/** Of several configurations. @param name the one that is meant already */
function theUsual(path: string, configs: Fields[], name?: unknown): Fields | undefined {
  if (configs.length < 2) return configs[0];
  const found =
    name === undefined
      ? (configs.find((one) => one["default"] === true) ?? configs.find((one) => one["config_name"] === "default"))
      : configs.find((one) => one["config_name"] === name);
  if (found || name !== undefined) return found;
  const names = configs.map((one) => String(one["config_name"]));
  throw new UserError(
    `the data card ${path} describes several data sets (${listed(names)}); give the files of one, with --test for those that are tested on`,
  );
}

/** `data_files` is a pattern, a list of them, an object by set, or a list of `split` and `path`. */
function patternsOf({ data_files: files, data_dir: dir }: Fields): Map<string, string[]> | undefined {
  const within = (patterns: unknown): string[] =>
    (Array.isArray(patterns) ? patterns : [patterns])
      .filter((one): one is string => typeof one === "string")
      .map((one) => (typeof dir === "string" ? `${dir.replace(/\/+$/, "")}/${one}` : one));
  const found = new Map<string, string[]>();
  const list = Array.isArray(files) ? (files as unknown[]) : [files];
  if (list.every((one) => typeof one === "string")) found.set("train", within(list));
  else
    for (const one of objects(list))
      if ("path" in one) found.set(String(one["split"] ?? "train"), within(one["path"]));
      else for (const [set, patterns] of Object.entries(one)) found.set(set, within(patterns));
  return [...found.values()].some((patterns) => patterns.length > 0) ? found : undefined;
}

type Fields = Record<string, unknown>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function objects(list: unknown): Fields[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
