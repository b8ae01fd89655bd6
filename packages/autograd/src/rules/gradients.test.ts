import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cases } from "../../test/cases.js";
import { checkGradients } from "../../test/gradient-check.js";
import { supportedOperators } from "../supported-operators.js";

describe("gradients agree with central finite differences", () => {
  it.each(Object.keys(cases))("%s", async (op) => {
    await fc.assert(
      fc.asyncProperty(cases[op]!, (c) => checkGradients(c)),
      { numRuns: 15, seed: 1 },
    );
  });

  it("for every supported operator", () => {
    expect(Object.keys(cases).sort()).toEqual(supportedOperators());
  });
});
