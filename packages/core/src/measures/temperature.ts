/** Temperature scaling (Guo et al. 2017), as far as a set of samples supports it. */

/** The T that divides the logits, with the 95 % interval of its profile likelihood. */
export interface Temperature {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Temperatures outside say that the samples know of no bound: at the ends the logits say everything or nothing. */
const [coldest, hottest] = [0.01, 100];

/** Half the 95 % quantile of χ² with one degree of freedom: so far the log-likelihood falls within the interval. */
const fall = 1.920729;

/** Into so many parts samples are divided for cross-fitting. */
const folds = 5;

/**
 * The temperature that minimises the mean cross-entropy of softmax(q / T), in nats.
 *
 * The cross-entropy is convex in β = 1/T. Where no answer is wrong it falls for ever with β, and where few are, nearly so:
 * then its interval has no end that these samples support, and there is no temperature.
 * @param logits [N, k]
 * @param labels class indices, [N]
 * @returns null unless the interval lies within 0.01..100 with both its ends
 */
export function fitTemperature(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Temperature | null {
  const at = likelihood(logits, labels, classes, () => true);
  const best = optimum(at);
  if (!best) return null;
  const { beta, loss, curvature } = best;
  // Beside the optimum, where the interval would end if the curve were a parabola.
  const reach = Math.sqrt((2 * fall) / curvature);
  const above = (x: number) => risen(at(x), loss + fall);
  const below = (x: number) => negative(risen(at(x), loss + fall));
  return {
    value: 1 / beta,
    low: 1 / rootOf(above, beta, 1 / coldest, beta + reach),
    high: 1 / rootOf(below, 1 / hottest, beta, beta - reach),
  };
}

/**
 * For each sample the temperature that all samples but those of its own fold give, 1 where they give none: what comes of
 * using it is then measured on samples that it was not fitted to.
 * @returns [N]
 */
export function crossFittedTemperatures(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): Float64Array {
  const temperatures = new Float64Array(labels.length).fill(1);
  for (let fold = 0; fold < folds; fold++) {
    // Samples often come class by class: each fold gets some of all.
    const fitted = optimum(likelihood(logits, labels, classes, (n) => n % folds !== fold));
    if (fitted) for (let n = fold; n < labels.length; n += folds) temperatures[n] = 1 / fitted.beta;
  }
  return temperatures;
}

/** The summed cross-entropy of softmax(βq), and its derivatives by β. */
interface Curve {
  loss: number;
  slope: number;
  curvature: number;
}

/** Where the cross-entropy is lowest, if it rises by more than `fall` on both sides within the bounds. */
function optimum(at: (beta: number) => Curve): (Curve & { beta: number }) | null {
  const [least, most] = [1 / hottest, 1 / coldest];
  const [cold, hot] = [at(most), at(least)];
  if (!(cold.slope > 0 && hot.slope < 0)) return null;
  const beta = rootOf((x) => slopeOf(at(x)), least, most, 1);
  const best = at(beta);
  return Math.min(cold.loss, hot.loss) - best.loss > fall ? { ...best, beta } : null;
}

/** A value and its derivative. */
interface Point {
  value: number;
  slope: number;
}

function slopeOf({ slope, curvature }: Curve): Point {
  return { value: slope, slope: curvature };
}

function risen({ loss, slope }: Curve, from: number): Point {
  return { value: loss - from, slope };
}

function negative({ value, slope }: Point): Point {
  return { value: -value, slope: -slope };
}

/** Slope Σ(E_p[q] − q_y), curvature ΣVar_p(q), over the samples that are taken. */
function likelihood(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  taken: (sample: number) => boolean,
): (beta: number) => Curve {
  return (beta) => {
    const curve = { loss: 0, slope: 0, curvature: 0 };
    for (let n = 0; n < labels.length; n++) {
      if (!taken(n)) continue;
      const start = n * classes;
      const right = logits[start + labels[n]!]!;
      let highest = -Infinity;
      for (let i = start; i < start + classes; i++) highest = Math.max(highest, logits[i]!);
      let [sum, mean, square] = [0, 0, 0];
      for (let i = start; i < start + classes; i++) {
        const distance = logits[i]! - highest;
        // What is less than a float64's last digit of the sum costs most of the time.
        if (beta * distance < -40) continue;
        const weight = Math.exp(beta * distance);
        sum += weight;
        mean += weight * distance;
        square += weight * distance * distance;
      }
      mean /= sum;
      curve.loss += Math.log(sum) + beta * (highest - right);
      curve.slope += mean + highest - right;
      curve.curvature += square / sum - mean * mean;
    }
    return curve;
  };
}

/**
 * The root of an increasing function in [low, high], which holds one: Newton's steps, and where they leave the bracket, or
 * do not halve it, its middle on a logarithmic scale.
 */
function rootOf(f: (x: number) => { value: number; slope: number }, low: number, high: number, start: number): number {
  let x = start > low && start < high ? start : Math.sqrt(low * high);
  for (let step = 0; step < 100 && high - low > 1e-8 * high; step++) {
    const { value, slope } = f(x);
    if (value > 0) high = x;
    else low = x;
    const newton = x - value / slope;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - x) <= 1e-8 * x) return next;
    x = next;
  }
  return x;
}
