/**
 * Average energy E = mean_n ‖r_n‖₂ of residuals r = −N·∂L/∂q, [N, k] (Ren et al. 2023, section 3, for any loss): how far
 * the loss still pulls on the features when fine-tuning starts. For one class it is mean ‖e_y − p‖₂, the mean of EL2N
 * (Paul et al. 2021).
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
