/**
 * Average energy E = mean_n ‖r_n‖₂ of residuals r = −N·∂L/∂q, [N, k] (Ren et al. 2023; for losses other than cross-entropy the extension is ours): how far
 * the loss still pulls on the features when fine-tuning starts. For one class it is mean ‖e_y − p‖₂, the mean of EL2N
 * of Paul, Ganguli and Dziugaite (2021, "Deep Learning on a Data Diet"), who score
 * single samples by it early in training.
 */
export function energyOf(residual: ArrayLike<number>, outputs: number): number {
  const lengths = residualLengths(residual, outputs);
  return lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
}

/** ‖r_n‖₂ of every sample, [N]: for one class its EL2N score, ‖e_{y_n} − p_n‖₂ (Paul, Ganguli and Dziugaite 2021). */
export function residualLengths(residual: ArrayLike<number>, outputs: number): Float64Array {
  const lengths = new Float64Array(residual.length / outputs);
  for (let i = 0; i < residual.length; i++) lengths[Math.floor(i / outputs)]! += residual[i]! * residual[i]!;
  return lengths.map(Math.sqrt);
}
