import { resolve } from "node:path";
import { classWeights, list, wants, whole, type ClassWeights, type Kind, type Reading } from "@taskhead/core/settings";
import { hubForm, isHubAddress, readHubAddress, type HubKind } from "../files/hub-address.js";
import { readRegular } from "../files/open-regular.js";

/** A file or a folder; its value is the absolute path. No system has one with a NUL in it. @param placeholder what stands for it in a line of help */
export function pathTo(placeholder: "dir" | "file" | "model" | "path"): Kind<string> {
  const check = (given: unknown): Reading<string> =>
    typeof given === "string" && given !== "" && !given.includes("\0")
      ? { value: resolve(given) }
      : wants("a path", given);
  return { placeholder, wants: "a path", parse: check, check, text: (value) => value };
}

/** The same, or what the Hugging Face hub has: its value is then the address, until it is fetched. */
export function placeOf(kind: HubKind): Kind<string> {
  const here = pathTo(kind === "model" ? "model" : "path");
  const wanted = `a path, or ${hubForm} of the Hugging Face hub`;
  const check = (given: unknown): Reading<string> => {
    if (typeof given !== "string" || !isHubAddress(given)) return here.check(given);
    const address = readHubAddress(given, kind);
    return "wrong" in address ? address : { value: given };
  };
  return { ...here, wants: wanted, parse: check, check };
}

const side = whole({ from: 1, to: 4096 });

/** `64`, the side of a square, or `192x144`, width and height. */
export const pixelSize: Kind<number | { width: number; height: number }> = {
  placeholder: "pixels",
  wants: "a side of 1 to 4096 pixels, or width x height such as 192x144",
  parse(given) {
    const [, width, height] = /^\s*(\d+)\s*[x×]\s*(\d+)\s*$/i.exec(given) ?? [];
    if (width !== undefined) {
      const both = this.check({ width: Number(width), height: Number(height) });
      return "value" in both ? both : wants(this.wants, given);
    }
    const alone = side.parse(given);
    return "value" in alone ? alone : wants(this.wants, given);
  },
  check(given) {
    const wanted = "a number of pixels from 1 to 4096, or two such as { width: 192, height: 144 }";
    if (typeof given !== "object" || given === null) {
      const alone = side.check(given);
      return "value" in alone ? alone : wants(wanted, given);
    }
    const { width, height } = given as { width?: unknown; height?: unknown };
    const [across, down] = [side.check(width), side.check(height)];
    if (!("value" in across) || !("value" in down)) return wants(wanted, given);
    return { value: across.value === down.value ? across.value : { width: across.value, height: down.value } };
  },
  text: (value) => (typeof value === "number" ? String(value) : `${value.width}x${value.height}`),
};

const listed = list(
  placeOf("dataset"),
  { text: "a path each time that it is given", values: "a list of paths" },
  (values) => values,
);

/** Several paths: on a command line the option is given once for each. */
export const paths: Kind<string[]> = { ...listed, placeholder: "path", parse: (text) => listed.check([text]) };

/** `balanced`, or a JSON file such as `{ "cat": 1, "dog": 2.5 }`. */
export const classWeightsFile: Kind<ClassWeights> = {
  ...classWeights,
  wants: "balanced, or a JSON file of class names and weights",
  parse(given) {
    if (given === "balanced") return { value: given };
    const wrong = (problem: string): Reading<ClassWeights> => ({
      wrong: `${given} ${problem}; give a JSON object of class names and weights`,
    });
    try {
      const reading = classWeights.parse(
        readRegular(given)
          .toString()
          .replace(/^\uFEFF/, ""),
      );
      return "value" in reading ? reading : wrong("is not a JSON object with a number above 0 for each class");
    } catch {
      return wrong("cannot be read");
    }
  },
};
