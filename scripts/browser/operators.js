/** Runs the gradient checks' graphs of every operator in the browser. */
import { UnsupportedError } from "@taskhead/autograd";
import fc from "fast-check";
import { cases } from "../../packages/autograd/test/cases.js";
import { feedsOf, gradientModel } from "../../packages/autograd/test/gradient-check.js";
import { writeModel } from "../../packages/autograd/src/io/write.js";

async function run(ort, engine, c) {
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
function difference(actual, expected) {
  let worst = 0;
  for (const [name, { data, type }] of Object.entries(expected)) {
    if (type !== "float32") continue;
    const scale = data.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    for (let i = 0; i < data.length; i++) {
      const error = Math.abs(actual[name].data[i] - data[i]) / scale;
      worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
    }
  }
  return worst;
}

/**
 * Outputs and gradients of some random cases of every operator on an engine, against those on wasm; on wasm itself, only
 * whether they run.
 * @returns a line per case that fails or differs, and how many were refused before they ran
 */
export async function compareOperators(ort, engine, perOperator, tolerance) {
  const outcome = { agree: 0, refused: 0, failures: [] };
  for (const [operator, arbitrary] of Object.entries(cases))
    for (const c of fc.sample(arbitrary, { numRuns: perOperator, seed: 3 })) {
      const said = `${operator} ${JSON.stringify(c.attributes ?? {})} on [${c.inputs.map((x) => x?.shape.join("×")).join(", ")}]`;
      try {
        const results = await run(ort, engine, c);
        const worst = engine === "wasm" ? 0 : difference(results, await run(ort, "wasm", c));
        if (worst <= tolerance) outcome.agree++;
        else outcome.failures.push(`${said}: off by ${worst.toExponential(1)}`);
      } catch (error) {
        if (error instanceof UnsupportedError) outcome.refused++;
        else outcome.failures.push(`${said}: ${error.message.split("\n")[0]}`);
      }
    }
  return outcome;
}
