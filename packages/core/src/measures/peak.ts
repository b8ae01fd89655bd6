import { twoLines, type TwoLines } from "./two-lines.js";

/** A value that was measured at some x; `name` is the same in every seed, x need not be. */
export interface CoursePoint<Name> {
  readonly name: Name;
  readonly x: number;
  readonly y: number;
}

/** What one seed shows. */
export interface SeedPeak<Name> {
  /** The point at which the two lines meet; null where there is none to ask about. */
  readonly at: Name | null;
  /** null where the values do not turn: the break would lie at an end. */
  readonly lines: TwoLines | null;
  /** Both lines have the right sign. */
  readonly shown: boolean;
}

/** Whether values first rise with x, then fall, over all seeds. */
export interface Peak<Name> {
  readonly seeds: readonly SeedPeak<Name>[];
  /** In how many seeds both lines have the right sign. */
  readonly shown: number;
  /** In how many both are significant at 5 % by themselves. */
  readonly significant: number;
  /** Sign test over seeds, the larger p of the rise and of the fall; null for one seed. */
  readonly p: number | null;
}

/**
 * Tests seed by seed whether values have a peak (`twoLines`), and over seeds by the signs of both lines.
 *
 * Where several seeds have the same points, the break is where the *others'* mean is highest, so that no seed's own noise
 * chooses where its lines meet; the point there is in both lines. One seed alone has only its own highest value, which then
 * belongs to neither line. Simulated with noise (eight taus; 5, 10 or 20 seeds), 0 to 6 % of courses that are flat, that rise,
 * or that rise and level off pass the sign test at 5 %, and at most 1 % of single seeds of ten points.
 * @param courses of each seed, in any order of x
 */
export function peakOverSeeds<Name>(courses: readonly (readonly CoursePoint<Name>[])[]): Peak<Name> {
  const common = (courses[0] ?? [])
    .map(({ name }) => name)
    .filter((name) => courses.every((course) => course.some((point) => point.name === name)));
  const seeds = courses.map((course, i): SeedPeak<Name> => {
    const others = courses.filter((_, j) => j !== i);
    return others.length > 0 ? seedPeak(course, highest(common, others), false) : seedPeak(course, top(course), true);
  });
  const count = (holds: (seed: SeedPeak<Name>) => boolean): number => seeds.filter(holds).length;
  const rises = count(({ lines }) => lines !== null && lines.rise.slope > 0);
  const falls = count(({ lines }) => lines !== null && lines.fall.slope < 0);
  return {
    seeds,
    shown: count(({ shown }) => shown),
    significant: count(({ lines }) => lines !== null && lines.p <= 0.05),
    p: seeds.length > 1 ? signTest(Math.min(rises, falls), seeds.length) : null,
  };
}

/** One run, as `peakOverEnergy` needs it. */
export interface MeasuredRun<Name> {
  readonly tau: Name;
  readonly energy: number | null;
  /** What may have a peak; null where it was not measured. */
  readonly value: number | null;
  /** mean ‖z_T − z_0‖, of the same samples. */
  readonly euclidean: number | null;
  readonly diverged: boolean;
  readonly collapsed: boolean;
}

/**
 * `peakOverSeeds` of a measure of adaptation over energy, without degenerate points: runs that diverged or collapsed, and those whose features hardly moved, as behind most heads of tau `converged:0`, where no gradient is
 * left: such a point says nothing of a trend.
 * @param featureNorm mean ‖z_0‖
 */
export function peakOverEnergy<Name>(
  seeds: readonly { readonly featureNorm: number; readonly runs: readonly MeasuredRun<Name>[] }[],
): Peak<Name> {
  return peakOverSeeds(
    seeds.map(({ featureNorm, runs }) =>
      runs.flatMap(({ tau, energy, value, euclidean, ...end }) => {
        const failed = end.diverged || end.collapsed;
        if (failed || energy === null || value === null || hardlyMoved(euclidean, featureNorm)) return [];
        return [{ name: tau, x: energy, y: value }];
      }),
    ),
  );
}

/** By less than a hundredth of their length. */
export function hardlyMoved(euclidean: number | null, featureNorm: number): boolean {
  return euclidean !== null && euclidean < 0.01 * featureNorm;
}

/** One-sided: how likely at least so many of n coins fall on one side. */
export function signTest(hits: number, n: number): number {
  let [term, sum] = [0.5 ** n, 0];
  for (let i = n; i >= hits; i--) {
    sum += term;
    term *= i / (n - i + 1);
  }
  return Math.min(1, sum);
}

function seedPeak<Name>(course: readonly CoursePoint<Name>[], at: Name | null, apart: boolean): SeedPeak<Name> {
  const turn = course.find(({ name }) => name === at);
  const [x, y] = [course.map((point) => point.x), course.map((point) => point.y)];
  const lines = turn ? twoLines(x, y, turn.x, apart) : null;
  return { at, lines, shown: lines !== null && lines.rise.slope > 0 && lines.fall.slope < 0 };
}

function top<Name>(course: readonly CoursePoint<Name>[]): Name | null {
  return (
    course.reduce<CoursePoint<Name> | null>((best, point) => (best && best.y >= point.y ? best : point), null)?.name ??
    null
  );
}

/** Of the points that all seeds have, that with the highest mean. */
function highest<Name>(common: readonly Name[], courses: readonly (readonly CoursePoint<Name>[])[]): Name | null {
  const total = (name: Name): number =>
    courses.reduce((sum, course) => sum + course.find((point) => point.name === name)!.y, 0);
  return top(common.map((name) => ({ name, x: 0, y: total(name) })));
}
