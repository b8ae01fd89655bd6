import { ModelError } from "./errors.js";
import type { Dim } from "./tensor.js";

/**
 * Arithmetic on dimensions that may be symbolic. A symbolic dimension is a polynomial with integer coefficients over
 * named sizes, written in one canonical way, so that equal dimensions are equal strings: `12*batch`, `height*width`.
 * What is no polynomial (a floor of a quotient) becomes a name of its own.
 */
type Polynomial = ReadonlyMap<string, number>;

/** Canonical text → polynomial. A text not in here is a plain name. */
const known = new Map<string, Polynomial>();

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

/** The quotient rounded down; exact division of polynomials stays a polynomial. */
export function floorDivideDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  return exactQuotient(a, b) ?? named(`floor(${a}/${b})`);
}

/** @throws {ModelError} if the name has grown beyond all measure */
function named(name: string): string {
  if (name.length <= mostLetters) return name;
  throw tooLong();
}

function tooLong(): ModelError {
  return new ModelError("a size in it is too long a formula; export the model with fixed sizes");
}

/** a / b where b divides a as a polynomial, else undefined. */
export function exactQuotient(a: Dim, b: Dim): Dim | undefined {
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

/** A dimension's size once its names have sizes. */
export function evaluateDim(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const [monomial, coefficient] of polynomial(dim))
    sum += factors(monomial).reduce((product, name) => {
      const size = sizes[name];
      if (size === undefined) throw new Error(`the size '${name}' in '${dim}' is not given`);
      return product * size;
    }, coefficient);
  return sum;
}

export function isStatic(shape: readonly Dim[]): shape is readonly number[] {
  return shape.every((d) => typeof d === "number");
}

function polynomial(dim: Dim): Polynomial {
  if (typeof dim === "number") return new Map([["", dim]]);
  return known.get(dim) ?? new Map([[dim, 1]]);
}

/** Terms of a size, and letters of its text: those of real models have a handful. Powers of sums would grow without bound. */
const [mostTerms, mostLetters] = [64, 4096];

function dimension(p: Map<string, number>): Dim {
  const terms = [...p].filter(([, c]) => c !== 0).sort(([m], [n]) => (m === "" ? 1 : n === "" ? -1 : m < n ? -1 : 1));
  if (terms.length === 0) return 0;
  if (terms.length === 1 && terms[0]![0] === "") return terms[0]![1];
  const text = terms.map(([m, c]) => (m === "" ? `${c}` : c === 1 ? m : `${c}*${m}`)).join("+");
  if (terms.length > mostTerms || text.length > mostLetters) throw tooLong();
  known.set(text, new Map(terms));
  return text;
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
