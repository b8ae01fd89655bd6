import { listed } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { classesOfValues, type MaskClasses } from "./classes.js";
import { MaskError } from "./mask.js";

/** Where masks of the usual sets have their borders. */
export const usualIgnore = 255;

/** What masks are told in where no file of classes says it. */
export interface ClassesOfMasks {
  readonly classes: MaskClasses;
  /** The value that does not count; undefined where all do. */
  readonly ignore: number | undefined;
  readonly notes: string[];
}

/**
 * The classes of masks of which nothing but their values is known.
 * @param where the folder, as people call it
 * @param asked the value that does not count. Default: 255, unless it and another are all
 * @throws {UserError} if there are no two
 */
export function classesFrom(values: ReadonlySet<number>, where: string, asked?: number): ClassesOfMasks {
  // 0 and 255 alone are a thing and what is around it.
  const alone = asked === undefined && values.has(usualIgnore) && values.size <= 2;
  const ignore = alone ? undefined : (asked ?? usualIgnore);
  const own = [...values].filter((value) => value !== ignore);
  if (own.length < 2)
    throw new UserError(
      `the masks in ${where} hold ${listed([...values].map(String))}: there are no two classes to tell apart; check them, and --ignore`,
    );
  const classes = classesOfValues(own);
  return {
    classes,
    ignore,
    notes: [
      `${where} has no classes.json: its classes are called by their values, ${listed(classes.names)}${ignore !== undefined && values.has(ignore) ? `; ${ignore} does not count` : ""}`,
    ],
  };
}

/** Of a mask in colours that no file of classes explains. @param how where such a file is given */
export function coloursLackClasses(name: string, how: string): MaskError {
  return new MaskError(
    name,
    `it holds colours; give a file of classes and their colours ${how}, such as {"road": "#804080", "car": "#400080"}`,
  );
}
