/** Runs the gradient checks' graphs of every operator on a device: in a browser, or in Node.js. */
import { createEngine, type Device, type Engine } from "@taskhead/core";
import type { OnnxRuntime } from "@taskhead/core/internals";
import fc from "fast-check";
import { UnsupportedError } from "../../packages/autograd/src/index.js";
import { cases } from "../../packages/autograd/test/cases.js";
import { feedsOf, gradientModel, type Case } from "../../packages/autograd/test/gradient-check.js";
import type { OperatorOutcome } from "./offered.js";

type Tensors = Awaited<ReturnType<Awaited<ReturnType<Engine["session"]>>["run"]>>;

async function run(engine: Engine, c: Case): Promise<Readonly<Tensors>> {
  const seed = (output: number, index: number) => Math.sin(12.9898 * (index + 31 * output + 1));
  const session = await engine.session(gradientModel(c, seed, { engine: engine.name }));
  const given = Object.entries(feedsOf(c)).filter(([name]) => session.inputNames.includes(name));
  const results = await session.run(
    Object.fromEntries(
      given.map(([name, { data, shape }]) => [name, engine.tensor("float32", Float32Array.from(data), shape)]),
    ),
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
 * Outputs and gradients of some random cases of every operator on a device, against those on the processor; on that itself, only
 * whether they run.
 */
export async function compareOperators(
  ort: OnnxRuntime,
  device: Device,
  perOperator: number,
  tolerance: number,
): Promise<OperatorOutcome> {
  const engine = createEngine(ort, { device });
  const outcome: OperatorOutcome = { agree: 0, refused: 0, failures: [] };
  for (const [operator, arbitrary] of Object.entries(cases))
    for (const c of fc.sample(arbitrary, { numRuns: perOperator, seed: 3 })) {
      const fail = (why: string) => outcome.failures.push(`${describe(operator, c)}: ${why}`);
      try {
        const results = await run(engine, c);
        const worst = engine === engine.processor ? 0 : difference(results, await run(engine.processor, c));
        if (worst <= tolerance) outcome.agree++;
        else fail(`off by ${worst.toExponential(1)}`);
      } catch (error) {
        if (error instanceof UnsupportedError) outcome.refused++;
        else fail(String(error instanceof Error ? error.message : error).split("\n")[0]!);
      }
    }
  return outcome;
}
