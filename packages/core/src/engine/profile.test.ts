import { expect, test } from "vitest";
import { operatorCosts, type ProfileEvent } from "./profile.js";

const kernel = (ts: number, dur: number, name: string, op: string, provider = "WebGpu"): ProfileEvent => ({
  cat: "Node",
  name: `${name}_kernel_time`,
  ts,
  dur,
  args: { op_name: op, provider: `${provider}ExecutionProvider` },
});
const run = (ts: number, dur: number): ProfileEvent => ({ cat: "Session", name: "model_run", ts, dur });

test("costs are of a run, by operator and place, without the first run", () => {
  const events = [
    kernel(1, 9000, "a", "Conv"),
    run(0, 9500),
    ...[10_000, 20_000].flatMap((ts) => [
      kernel(ts + 1, 1000, "a", "Conv"),
      kernel(ts + 2, 2000, "b", "Conv"),
      kernel(ts + 3, 5000, "c", "Conv", "CPU"),
      { ...kernel(ts + 4, 100, "a", "Conv"), name: "a_fence_before" },
      run(ts, 9000),
    ]),
  ];
  expect(operatorCosts(events)).toEqual([
    { operator: "Conv", provider: "CPUExecutionProvider", calls: 1, milliseconds: 5, nodes: ["c"] },
    { operator: "Conv", provider: "WebGpuExecutionProvider", calls: 2, milliseconds: 3, nodes: ["a", "b"] },
  ]);
});

test("of a single run nothing is left out", () => {
  expect(operatorCosts([kernel(1, 2000, "a", "Add"), run(0, 3000)])).toMatchObject([{ calls: 1, milliseconds: 2 }]);
});
