/**
 * The part of odex 2 that is used here. The package ships its TypeScript source and no declarations, and that source
 * does not pass this project's compiler options; tsconfig.base.json points the compiler here instead.
 */
export class Solver {
  /** @param n dimension of y */
  constructor(n: number);
  relativeTolerance: number;
  absoluteTolerance: number;
  maxSteps: number;
  /**
   * Integrates y' = f(x, y) from `x` to `xEnd`.
   * @param afterStep called after every step with the solution there; `false` ends the integration
   */
  solve(
    f: (x: number, y: number[]) => number[],
    x: number,
    y0: number[],
    xEnd: number,
    afterStep?: (step: number, xBefore: number, x: number, y: number[]) => boolean,
  ): { y: number[] };
}
