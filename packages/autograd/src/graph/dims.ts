import { OutsizeError } from "./errors.js";
import type { Dim } from "./tensor.js";

/**
 * Arithmetic on dimensions that may be symbolic. A symbolic dimension is a polynomial with integer coefficients over
 * named sizes, written in one canonical way, so that equal dimensions are equal strings: `12*batch`, `height*width`.
 * What is no polynomial (a floor of a quotient, a smaller of two) becomes a name of its own, which says how it is made of
 * others. Sizes are at least 1, but for those that data decide.
 */
type Polynomial = ReadonlyMap<string, number>;

/** Canonical text → polynomial. A text not in here is a plain name. */
const known = new Map<string, Polynomial>();

/** How a name that is no size of the model's own is made of other dimensions. */
interface Made {
  readonly by: Maker;
  readonly of: readonly Dim[];
}

type Maker = keyof typeof makers;

const makers = {
  floor: (a: number, b: number) => Math.floor(a / b),
  trunc: (a: number, b: number) => Math.trunc(a / b),
  /** A quotient as a float has it: no size, but on the way to one. */
  quotient: (a: number, b: number) => a / b,
  mod: (a: number, b: number) => ((a % b) + b) % b,
  min: Math.min,
  max: Math.max,
  /** Of sizes that broadcast together: the one that is not 1. */
  broadcast: (...sizes: number[]) => sizes.find((d) => d !== 1) ?? 1,
};

const made = new Map<string, Made>();

function make(by: Maker, of: readonly Dim[]): Dim {
  const text = by === "floor" ? `floor(${of[0]}/${of[1]})` : `${by}(${of.join(", ")})`;
  made.set(text, { by, of });
  return text;
}

/** Of an integer quotient, a floor, and so on: what the dimension is made of; undefined for a polynomial. */
function madeOf(dim: Dim): Made | undefined {
  return typeof dim === "string" ? made.get(dim) : undefined;
}

/**
 * A size that a run alone will tell, under a name of its own; `place` says which value's it is. Equal places are equal
 * sizes.
 */
export function sizeAt(place: string): Dim {
  return `size(${plain(place)})`;
}

/** An integer that a run alone will tell, which may be negative, under a name of its own. */
export function integerAt(place: string): Dim {
  return `value(${plain(place)})`;
}

/** Without the signs that dimensions are written with; different places stay different. */
function plain(place: string): string {
  return place.replace(/[^\w.:/~-]/g, (c) => `%${c.codePointAt(0)!.toString(16)}`);
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  const sum = new Map(polynomial(a));
  for (const [monomial, c] of polynomial(b)) sum.set(monomial, (sum.get(monomial) ?? 0) + c);
  return dimension(sum);
}

export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(b, -1));
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const product = new Map<string, number>();
  for (const [m, c] of polynomial(a))
    for (const [n, d] of polynomial(b)) {
      const monomial = [...factors(m), ...factors(n)].sort().join("*");
      product.set(monomial, (product.get(monomial) ?? 0) + c * d);
    }
  return dimension(product);
}

/** The quotient rounded down; what divides exactly is taken out: ⌊(2h + 3)/2⌋ is h + 1. */
export function floorDivideDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  const exact = exactQuotient(a, b);
  if (exact !== undefined) return exact;
  if (typeof b !== "number" || b < 1 || !Number.isInteger(b)) return make("floor", [a, b]);
  const whole = new Map<string, number>();
  const rest = new Map<string, number>();
  for (const [monomial, c] of polynomial(a)) {
    whole.set(monomial, Math.floor(c / b));
    rest.set(monomial, c - b * Math.floor(c / b));
  }
  const left = dimension(rest);
  return addDims(dimension(whole), typeof left === "number" ? Math.floor(left / b) : make("floor", [left, b]));
}

/** The quotient rounded up, by a number above 0. */
export function ceilDivideDims(a: Dim, b: number): Dim {
  return floorDivideDims(addDims(a, b - 1), b);
}

/** The quotient rounded towards zero, as integers divide in ONNX. */
export function truncateDivideDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.trunc(a / b);
  const exact = exactQuotient(a, b);
  if (exact !== undefined) return exact;
  const positive = isPositive(a) && isPositive(b);
  return positive ? floorDivideDims(a, b) : make("trunc", [a, b]);
}

/** a / b as floats divide. */
export function divideDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a / b;
  return exactQuotient(a, b) ?? make("quotient", [a, b]);
}

export function modDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return makers.mod(a, b);
  return exactQuotient(a, b) === undefined ? make("mod", [a, b]) : 0;
}

export function smallerDim(a: Dim, b: Dim): Dim {
  return extreme("min", a, b);
}

export function largerDim(a: Dim, b: Dim): Dim {
  return extreme("max", a, b);
}

function extreme(by: "min" | "max", a: Dim, b: Dim): Dim {
  const { low, high } = rangeOf(subtractDims(a, b));
  if (high <= 0) return by === "min" ? a : b;
  if (low >= 0) return by === "min" ? b : a;
  return make(by, [a, b].sort(byText));
}

/**
 * The size of a broadcast axis. Of 1 and another it is the other; of a number above 1 and a name it is the number, whether
 * the name turns out to be 1 or that number; of two names it is known at run time only, when one of them may be 1.
 */
export function broadcastDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === "number" && typeof b === "number") return undefined;
  if (typeof a === "number") return a;
  if (typeof b === "number") return b;
  const parts = new Set([a, b].flatMap((d) => (madeOf(d)?.by === "broadcast" ? (madeOf(d)!.of as string[]) : [d])));
  for (const part of parts)
    if ([...parts].some((other) => other !== part && broadcastsTo(part, other))) parts.delete(part);
  const [only, ...others] = [...parts].sort(byText);
  return others.length === 0 ? only! : make("broadcast", [only!, ...others]);
}

/** Whether two sizes that broadcast together have to be equal: one is the other up to a bound of 2 or more. */
export function broadcastsTo(a: Dim, b: Dim): boolean {
  const m = madeOf(a);
  return m?.by === "min" && m.of.includes(b) && m.of.some((d) => typeof d === "number" && d > 1) && isPositive(b);
}

function tooLong(): OutsizeError {
  return new OutsizeError("a size in it is too long a formula; export the model with fixed sizes");
}

/** a / b where b divides a as a polynomial, else undefined. */
export function exactQuotient(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined;
  if (a === b) return 1;
  const divisor = [...polynomial(b)];
  if (divisor.length !== 1) return undefined;
  const [n, d] = divisor[0]!;
  const quotient = new Map<string, number>();
  for (const [m, c] of polynomial(a)) {
    const left = factors(m);
    for (const factor of factors(n)) {
      const at = left.indexOf(factor);
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    if (c % d !== 0) return undefined;
    quotient.set(left.join("*"), c / d);
  }
  return dimension(quotient);
}

export function productOfDims(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>(multiplyDims, 1);
}

/** Whether it is above 0 whatever the sizes are. */
function isPositive(dim: Dim): boolean {
  return rangeOf(dim).low > 0;
}

export interface DimRange {
  readonly low: number;
  readonly high: number;
}

/** Between what a dimension lies, as far as its form says. */
export function rangeOf(dim: Dim): DimRange {
  if (typeof dim === "number") return { low: dim, high: dim };
  let [low, high] = [0, 0];
  for (const [monomial, c] of polynomial(dim)) {
    const parts = factors(monomial).map(rangeOfName);
    const sizes = parts.every((p) => p.low >= 0);
    const least = sizes
      ? parts.reduce((product, p) => product * p.low, 1)
      : parts.length === 1
        ? parts[0]!.low
        : -Infinity;
    const most = parts.length === 0 ? 1 : parts.length === 1 ? parts[0]!.high : Infinity;
    low += c > 0 ? c * least : c * most;
    high += c > 0 ? c * most : c * least;
  }
  return { low, high };
}

/** A size is at least 1, one that data decide at least 0. */
function rangeOfName(name: string): DimRange {
  const how = made.get(name);
  if (!how) return name.startsWith("value(") ? anything : { low: name.startsWith("size(") ? 0 : 1, high: Infinity };
  const of = how.of.map(rangeOf);
  const [lows, highs] = [of.map((o) => o.low), of.map((o) => o.high)];
  switch (how.by) {
    case "min":
      return { low: Math.min(...lows), high: Math.min(...highs) };
    case "max":
      return { low: Math.max(...lows), high: Math.max(...highs) };
    case "broadcast":
      return { low: Math.min(...lows), high: Infinity };
    case "floor":
    case "trunc":
    case "quotient":
      return lows[0]! >= 0 && lows[1]! > 0
        ? { low: makers[how.by](lows[0]!, highs[1]!) || 0, high: makers[how.by](highs[0]!, lows[1]!) }
        : anything;
    case "mod":
      return lows[1]! > 0 ? { low: 0, high: highs[1]! } : anything;
  }
}

const anything: DimRange = { low: -Infinity, high: Infinity };

/** A dimension that float arithmetic made, rounded down. */
export function floorOfDim(dim: Dim): Dim {
  if (typeof dim === "number") return Math.floor(dim);
  const how = made.get(dim);
  if (how?.by === "quotient" && polynomial(dim).size === 1) return floorDivideDims(how.of[0]!, how.of[1]!);
  return isWhole(dim) ? dim : make("floor", [dim, 1]);
}

/** The same, rounded up. */
export function ceilOfDim(dim: Dim): Dim {
  const how = madeOf(dim);
  const by = how?.by === "quotient" ? how.of[1] : undefined;
  if (typeof by === "number" && by >= 1 && Number.isInteger(by)) return ceilDivideDims(how!.of[0]!, by);
  return multiplyDims(floorOfDim(negated(dim)), -1);
}

/** The same, rounded towards zero, as a cast to integers does. */
export function truncatedDim(dim: Dim): Dim {
  if (typeof dim === "number") return Math.trunc(dim);
  if (isWhole(dim)) return dim;
  return rangeOf(dim).low >= 0 ? floorOfDim(dim) : make("trunc", [dim, 1]);
}

/** −x, a quotient staying one. */
function negated(dim: Dim): Dim {
  const how = madeOf(dim);
  return how?.by === "quotient" ? divideDims(multiplyDims(how.of[0]!, -1), how.of[1]!) : multiplyDims(dim, -1);
}

/** Whether it is an integer whatever the sizes are. */
function isWhole(dim: string): boolean {
  return [...polynomial(dim)].every(
    ([monomial, c]) => Number.isInteger(c) && factors(monomial).every((name) => wholeName(name)),
  );
}

function wholeName(name: string): boolean {
  const how = made.get(name);
  if (!how || how.by === "floor" || how.by === "trunc") return true;
  return how.by !== "quotient" && how.of.every((d) => (typeof d === "number" ? Number.isInteger(d) : isWhole(d)));
}

/**
 * A dimension's size once its names have sizes.
 * @param sizes of a name; undefined where it is to come of what it is made of
 */
export function evaluateDim(dim: Dim, sizes: (name: string) => number | undefined): number {
  let sum = 0;
  for (const [monomial, coefficient] of polynomial(dim))
    sum += factors(monomial).reduce((product, name) => product * sizeNamed(name, dim, sizes), coefficient);
  return sum;
}

function sizeNamed(name: string, dim: Dim, sizes: (name: string) => number | undefined): number {
  const given = sizes(name);
  if (given !== undefined) return given;
  const how = made.get(name);
  if (!how) throw new Error(`the size '${name}' in '${dim}' is not given`);
  return (makers[how.by] as (...of: number[]) => number)(...how.of.map((d) => evaluateDim(d, sizes)));
}

export function isStatic(shape: readonly Dim[]): shape is readonly number[] {
  return shape.every((d) => typeof d === "number");
}

function polynomial(dim: Dim): Polynomial {
  if (typeof dim === "number") return new Map([["", dim]]);
  return known.get(dim) ?? new Map([[dim, 1]]);
}

/** Terms of a size, and letters of its text: those of real models have a handful. Powers of sums would grow without bound. */
const [mostTerms, mostLetters] = [4096, 2 ** 16];

function dimension(p: Map<string, number>): Dim {
  const terms = [...p].filter(([, c]) => c !== 0).sort(([m], [n]) => (m === "" ? 1 : n === "" ? -1 : m < n ? -1 : 1));
  if (terms.length === 0) return 0;
  if (terms.length === 1 && terms[0]![0] === "") return terms[0]![1];
  const text = terms.map(([m, c]) => (m === "" ? `${c}` : c === 1 ? m : `${c}*${m}`)).join("+");
  if (terms.length > mostTerms || text.length > mostLetters) throw tooLong();
  // A single name is itself: `past + current`, as some exporters call a size, stays one name.
  if (terms.length > 1 || terms[0]![1] !== 1 || factors(terms[0]![0]).length > 1) known.set(text, new Map(terms));
  return text;
}

function byText(a: Dim, b: Dim): number {
  return `${a}` < `${b}` ? -1 : 1;
}

function factors(monomial: string): string[] {
  if (monomial === "") return [];
  // A name such as floor(a*b/c) holds stars of its own: split only outside parentheses.
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= monomial.length; i++) {
    const c = monomial[i];
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === undefined || (c === "*" && depth === 0)) {
      parts.push(monomial.slice(start, i));
      start = i + 1;
    }
  }
  return parts;
}
