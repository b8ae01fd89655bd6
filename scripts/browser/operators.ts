/** Runs the gradient checks' graphs of every operator in the browser. */
import type { EngineName } from "@taskhead/autograd";
import type { OnnxRuntime } from "@taskhead/core/internals";
import fc from "fast-check";
import { UnsupportedError, writeModel } from "../../packages/autograd/src/index.js";
import { cases } from "../../packages/autograd/test/cases.js";
import { feedsOf, gradientModel, type Case } from "../../packages/autograd/test/gradient-check.js";
import type { Tensors } from "../run-steps.js";
import type { OperatorOutcome } from "./offered.js";

async function run(ort: OnnxRuntime, engine: EngineName, c: Case): Promise<Readonly<Tensors>> {
  const model = gradientModel(c, (output, index) => Math.sin(12.9898 * (index + 31 * output + 1)), { engine });
  const session = await ort.InferenceSession.create(writeModel(model), { executionProviders: [engine] });
  const given = Object.entries(feedsOf(c)).filter(([name]) => session.inputNames.includes(name));
  const results = await session.run(
    Object.fromEntries(given.map(([name, { data, shape }]) => [name, new ort.Tensor("float32", data, shape)])),
  );
  await session.release();
  return results;
}

/** The largest difference in any output, relative to that output's largest value where that is above 1. */
function difference(actual: Readonly<Tensors>, expected: Readonly<Tensors>): number {
  let worst = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    if (!(data instanceof Float32Array)) continue;
    const own = actual[name]!.data;
    const scale = data.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    for (const [i, value] of data.entries()) {
      const error = Math.abs(Number(own[i]) - value) / scale;
      worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
    }
  }
  return worst;
}

function describe(operator: string, { attributes = {}, inputs }: Case): string {
  return `${operator} ${JSON.stringify(attributes)} on [${inputs.map((x) => x?.shape.join("×")).join(", ")}]`;
}

/**
 * Outputs and gradients of some random cases of every operator on an engine, against those on wasm; on wasm itself, only
 * whether they run.
 */
export async function compareOperators(
  ort: OnnxRuntime,
  engine: EngineName,
  perOperator: number,
  tolerance: number,
): Promise<OperatorOutcome> {
  const outcome: OperatorOutcome = { agree: 0, refused: 0, failures: [] };
  for (const [operator, arbitrary] of Object.entries(cases))
    for (const c of fc.sample(arbitrary, { numRuns: perOperator, seed: 3 })) {
      const fail = (why: string) => outcome.failures.push(`${describe(operator, c)}: ${why}`);
      try {
        const results = await run(ort, engine, c);
        const worst = engine === "wasm" ? 0 : difference(results, await run(ort, "wasm", c));
        if (worst <= tolerance) outcome.agree++;
        else fail(`off by ${worst.toExponential(1)}`);
      } catch (error) {
        if (error instanceof UnsupportedError) outcome.refused++;
        else fail(String(error instanceof Error ? error.message : error).split("\n")[0]!);
      }
    }
  return outcome;
}
