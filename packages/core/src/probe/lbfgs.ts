/** A smooth function of many variables: its value and gradient at x. */
export type SmoothFunction = (x: Float64Array) => Promise<{ value: number; gradient: Float64Array }>;

export interface MinimizeOptions {
  /** Stop where ‖∇f‖₂ is at most this. */
  tolerance: number;
  /** Stop after so many iterations. */
  iterations: number;
  /** The relative rounding error of the objective's value: differences below it are not trusted. Default 2⁻⁵². */
  precision?: number;
  onIteration?: (iteration: number, gradientNorm: number) => void;
  signal?: AbortSignal;
}

/** Why a minimisation ended. `precision`: rounding hides any further decrease. */
export type EndReason = "tolerance" | "iterations" | "precision";

export interface Minimum {
  x: Float64Array;
  value: number;
  /** ‖∇f(x)‖₂ */
  gradientNorm: number;
  iterations: number;
  reason: EndReason;
}

interface Point {
  x: Float64Array;
  value: number;
  gradient: Float64Array;
}

/** A step s = x' − x and the change of the gradient along it, y = g' − g. */
interface Pair {
  s: Float64Array;
  y: Float64Array;
  sy: number;
}

/** How many pairs the inverse Hessian is built from. */
const memory = 20;

/**
 * Limited-memory BFGS (Nocedal 1980; Nocedal and Wright 2006, algorithm 7.5) with a line search for the weak Wolfe
 * conditions by doubling and bisection (Lewis and Overton 2013), which ends on any smooth function that is bounded below.
 */
export async function minimize(
  objective: SmoothFunction,
  start: Float64Array,
  options: MinimizeOptions,
): Promise<Minimum> {
  const { tolerance, iterations, precision = 2 ** -52 } = options;
  const pairs: Pair[] = [];
  let point: Point = { x: start, ...(await objective(start)) };
  const end = (iteration: number, reason: EndReason): Minimum => ({
    x: point.x,
    value: point.value,
    gradientNorm: norm(point.gradient),
    iterations: iteration,
    reason,
  });
  for (let iteration = 0; ; iteration++) {
    const size = norm(point.gradient);
    if (size <= tolerance) return end(iteration, "tolerance");
    if (iteration === iterations) return end(iteration, "iterations");
    options.signal?.throwIfAborted();
    options.onIteration?.(iteration, size);
    const firstStep = pairs.length ? 1 : Math.min(1, 1 / size);
    const next = await lineSearch(objective, point, descent(point.gradient, pairs), firstStep, precision);
    if (!next) return end(iteration, "precision");
    remember(pairs, point, next);
    point = next;
  }
}

/** −H·g by the two-loop recursion. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const q = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (const { s, y, sy } of pairs.toReversed()) {
    const alpha = dot(s, q) / sy;
    alphas.unshift(alpha);
    addScaled(q, y, -alpha);
  }
  const last = pairs.at(-1);
  const scale = last ? last.sy / dot(last.y, last.y) : 1;
  for (let i = 0; i < q.length; i++) q[i]! *= scale;
  pairs.forEach(({ s, y, sy }, i) => addScaled(q, s, alphas[i]! - dot(y, q) / sy));
  return q;
}

/** A point along d with enough decrease (c₁ = 1e-4) and a slope that has flattened (c₂ = 0.9); undefined if there is none. */
async function lineSearch(
  objective: SmoothFunction,
  { x, value, gradient }: Point,
  d: Float64Array,
  firstStep: number,
  precision: number,
): Promise<Point | undefined> {
  const slope = dot(gradient, d);
  if (!(slope < 0)) return undefined;
  const slack = precision * Math.abs(value);
  let [low, high, t] = [0, Infinity, firstStep];
  for (let tries = 0; tries < 50; tries++) {
    const at = x.map((v, i) => v + t * d[i]!);
    const there = await objective(at);
    if (!(there.value <= value + 1e-4 * t * slope + slack)) high = t;
    else if (dot(there.gradient, d) < 0.9 * slope) low = t;
    else return { x: at, ...there };
    t = high < Infinity ? (low + high) / 2 : 2 * low;
  }
  return undefined;
}

function remember(pairs: Pair[], from: Point, to: Point): void {
  const s = to.x.map((v, i) => v - from.x[i]!);
  const y = to.gradient.map((v, i) => v - from.gradient[i]!);
  const sy = dot(s, y);
  // Rounding can spoil the curvature that the line search has ensured; such a pair would make H indefinite.
  if (sy > 0) pairs.push({ s, y, sy });
  if (pairs.length > memory) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function addScaled(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! += factor * b[i]!;
}
