import { UserError } from "../files/errors.js";
import { isObject } from "../files/is-object.js";

/** What values of masks stand for. */
export interface MaskClasses {
  /** In the order of the logits. */
  readonly names: readonly string[];
  /** The class of a stored value, or of a colour as 0xRRGGBB; what is not in it is no class. */
  readonly places: ReadonlyMap<number, number>;
  /** Whether masks hold colours. */
  readonly colours: boolean;
  /** The value that does not count, where the file says one. */
  readonly ignore?: number;
}

/** What a file of classes beside images and masks, or above them, is called. */
export const classesName = "classes.json";

/**
 * What a file of classes says: a list of names, whose places are the masks' values; names with their values, or with colours such
 * as `"#804080"` or `[128, 64, 128]`; any of these as `classes` of an object, beside `ignore`.
 * @param where the file, as people call it
 * @throws {UserError} if it is something else
 */
export function classesIn(content: unknown, where: string): MaskClasses {
  const whole = isObject(content) && "classes" in content ? content : { classes: content };
  const { classes, ignore } = whole as { classes: unknown; ignore?: unknown };
  const wrong = (problem: string): UserError =>
    new UserError(
      `${where}: ${problem}; give a list of names, or an object of names and their values (12) or colours ("#804080")`,
    );
  const entries = entriesIn(classes);
  if (!entries) throw wrong("it holds no classes");
  if (entries.length < 2) throw wrong("it names fewer than two classes");
  const names = entries.map(([name]) => name);
  const again = names.find((name, i) => names.indexOf(name) < i);
  if (again !== undefined) throw wrong(`two classes are called '${again}'`);
  const keys = entries.map(([name, value]) => {
    const key = keyOf(value);
    if (key === undefined) throw wrong(`class '${name}' has ${JSON.stringify(value)}`);
    return key;
  });
  const colours = keys.some(({ colour }) => colour);
  if (colours && keys.some(({ colour }) => !colour)) throw wrong("some classes have values and others colours");
  const twice = keys.findIndex(({ key }, i) => keys.findIndex((other) => other.key === key) < i);
  if (twice >= 0) throw wrong(`class '${entries[twice]![0]}' has the value of another`);
  if (ignore !== undefined && !Number.isInteger(ignore))
    throw wrong(`'ignore' is ${JSON.stringify(ignore)}, no value of a mask`);
  return {
    names,
    places: new Map(keys.map(({ key }, i) => [key, i])),
    colours,
    ...(ignore === undefined ? {} : { ignore: ignore as number }),
  };
}

function entriesIn(classes: unknown): [string, unknown][] | undefined {
  if (Array.isArray(classes))
    return classes.every((name) => typeof name === "string") ? classes.map((name, i) => [name, i]) : undefined;
  return isObject(classes) ? Object.entries(classes) : undefined;
}

function keyOf(value: unknown): { key: number; colour: boolean } | undefined {
  if (Number.isInteger(value) && (value as number) >= 0) return { key: value as number, colour: false };
  const hex = typeof value === "string" ? /^#([0-9a-f]{6})$/i.exec(value)?.[1] : undefined;
  if (hex !== undefined) return { key: parseInt(hex, 16), colour: true };
  const isByte = (one: unknown): boolean => Number.isInteger(one) && (one as number) >= 0 && (one as number) <= 255;
  if (!Array.isArray(value) || value.length !== 3 || !value.every(isByte)) return undefined;
  const [red, green, blue] = value as number[];
  return { key: (red! << 16) | (green! << 8) | blue!, colour: true };
}

/** Values that masks hold, as classes that are called by them. */
export function classesOfValues(values: readonly number[]): MaskClasses {
  const sorted = values.toSorted((a, b) => a - b);
  return { names: sorted.map(String), places: new Map(sorted.map((value, i) => [value, i])), colours: false };
}
