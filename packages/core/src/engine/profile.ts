/** What an operator cost in the runs of a session, by where it ran. */
export interface OperatorCost {
  readonly operator: string;
  /** The runtime's name for it: `CPUExecutionProvider`, `WebGpuExecutionProvider`. */
  readonly provider: string;
  /** In a run. */
  readonly calls: number;
  /** Of a run. */
  readonly milliseconds: number;
  /** The nodes, by name. */
  readonly nodes: readonly string[];
}

/** An event of ONNX Runtime's profile. */
export interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  /** When it began, µs. */
  readonly ts: number;
  /** µs */
  readonly dur: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

const kernelTime = "_kernel_time";

/**
 * Sums a profile of ONNX Runtime by operator and place, the dearest first, without its first run, which loads and compiles. On
 * a device it is the processor's time to hand the work over, in which it waits for the device only where it needs a result.
 */
export function operatorCosts(events: readonly ProfileEvent[]): OperatorCost[] {
  const [first, ...others] = events.filter(({ name }) => name === "model_run").sort((a, b) => a.ts - b.ts);
  const begin = first && others.length > 0 ? first.ts + first.dur : -Infinity;
  const runs = Math.max(1, others.length);
  const kernels = grouped(
    events.filter(({ cat, name, ts }) => cat === "Node" && name.endsWith(kernelTime) && ts >= begin),
    ({ args = {} }) => `${String(args["op_name"])} ${String(args["provider"])}`,
  );
  return [...kernels.values()]
    .map((own) => ({
      operator: String(own[0]!.args!["op_name"]),
      provider: String(own[0]!.args!["provider"]),
      calls: own.length / runs,
      milliseconds: own.reduce((sum, { dur }) => sum + dur, 0) / runs / 1000,
      nodes: [...new Set(own.map(({ name }) => name.slice(0, -kernelTime.length)))],
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
