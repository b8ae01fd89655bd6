/**
 * Average energy E = mean_n ‖r_n‖₂ of residuals r = −N·∂L/∂q, [N, k] (Ren et al. 2023; for losses other than cross-entropy the extension is ours): how far
 * the loss still pulls on the features when fine-tuning starts. For one class it is mean ‖e_y − p‖₂, the mean of EL2N
 * of Paul, Ganguli and Dziugaite (2021, "Deep Learning on a Data Diet"), who score
 * single samples by it early in training.
 */
export function energyOf(residual: ArrayLike<number>, outputs: number): number {
  let total = 0;
  for (let start = 0; start < residual.length; start += outputs) {
    let square = 0;
    for (let i = start; i < start + outputs; i++) square += residual[i]! * residual[i]!;
    total += Math.sqrt(square);
  }
  return total / (residual.length / outputs);
}
