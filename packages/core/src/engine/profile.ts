/** What an operator cost in the runs of a session, by where it ran. */
export interface OperatorCost {
  readonly operator: string;
  /** The runtime's name for it: `CPUExecutionProvider`, `WebGpuExecutionProvider`. */
  readonly provider: string;
  readonly calls: number;
  readonly microseconds: number;
}

/** An event of ONNX Runtime's profile. */
export interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/**
 * Sums a profile of ONNX Runtime by operator and place, the dearest first. On a device it is the processor's time to hand the
 * work over, in which it waits for the device only where it needs a result.
 */
export function operatorCosts(events: readonly ProfileEvent[]): OperatorCost[] {
  const costs = new Map<string, OperatorCost>();
  for (const { cat, name, dur, args = {} } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    const [operator, provider] = [String(args["op_name"]), String(args["provider"])];
    const { calls = 0, microseconds = 0 } = costs.get(`${operator} ${provider}`) ?? {};
    costs.set(`${operator} ${provider}`, { operator, provider, calls: calls + 1, microseconds: microseconds + dur });
  }
  return [...costs.values()].sort((a, b) => b.microseconds - a.microseconds);
}
