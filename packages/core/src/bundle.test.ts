import { expect, it } from "vitest";
import { bundled } from "../../autograd/test/bundle.js";

it("loads in a bundle for browsers, without any Node module or global", async () => {
  const core = await bundled("core");
  expect(core["openBackbone"]).toBeTypeOf("function");
});
