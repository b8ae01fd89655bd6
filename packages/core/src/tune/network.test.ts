import { describe, expect, it } from "vitest";
import { residualNetwork } from "../../test/networks.js";
import { modality } from "../../test/tiny-task.js";
import { random } from "../data/random.js";
import { openNetwork } from "./network.js";
import { settle, type Settings } from "./settings/index.js";

const files = { backbone: { bytes: residualNetwork() } };
const config = { model_type: "vit", initializer_range: 0.5 };
const open = (settings: Partial<Settings> = {}, more = {}) =>
  openNetwork({ ...files, ...more }, settle(settings), modality);

describe("a network", () => {
  it("has the start of the model's framework, or the one asked for, in linear and mlp heads alike", () => {
    for (const head of ["linear", "mlp"] as const) {
      const last = (network: ReturnType<typeof open>): number[] => {
        const name = network.head.weights.at(-1)!;
        return [...network.head.initial(random(1), network.backbone.width, 4).get(name)!];
      };
      const most = (network: ReturnType<typeof open>): number => Math.max(...last(network).map(Math.abs));
      expect(most(open({ head }))).toBeLessThanOrEqual(1 / Math.sqrt(open().whole.width));
      expect(most(open({ head }, { config }))).toBeGreaterThan(0.5);
      expect(most(open({ head, headInit: "zeros" }, { config }))).toBe(0);
    }
    expect(open({}, { config }).start.from).toContain("initializer_range");
  });

  it("has no head larger than a file", () =>
    expect(() => open({ head: "mlp", headWidth: 65536, headDepth: 2 })).toThrow(
      /headWidth 65536 makes a head of \d+ million numbers, and one file holds 537 million; give a smaller width/,
    ));

  it("counts blocks that start afresh as head, and what they read as features", () => {
    const [plain, partial] = [open(), open({ reinitBlocks: 1 })];
    expect([plain.backbone, plain.head, plain.blocks]).toEqual([plain.whole, plain.logitsHead, null]);
    const { backbone, head, blocks, whole, logitsHead } = partial;
    expect(whole).toEqual(plain.whole);
    expect([...backbone.parameters, ...blocks!.parameters].toSorted()).toEqual(whole.parameters.toSorted());
    expect(head.parameters).toEqual([...blocks!.parameters, ...logitsHead.parameters]);
    expect(head.weights).toEqual(["head.weight"]);
    expect(backbone.width).toBeGreaterThan(whole.width);
    expect(backbone.found).toMatch(/^Features are '.*' \[.*\], below the last block, which starts afresh/);
  });
});
