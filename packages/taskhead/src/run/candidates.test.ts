import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import { tuneOptions } from "../../test/tune-options.js";
import type { TuneResults, TuneRow } from "../report/index.js";
import { tuneFolder } from "./tune.js";

let root: string;
let results: TuneResults;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-candidates-"));
  await drawStripes(join(root, "data"), 8);
  await tinyBackboneFile(join(root, "tiny.onnx"));
  results = await run("auto");
  return () => rm(root, { recursive: true, force: true });
});

function run(out: string, starts?: string): Promise<TuneResults> {
  const given = { val: join(root, "data"), taus: "auto", lr: "auto", probeEpochs: "8", epochs: "6", starts };
  return tuneFolder(tuneOptions(root, out, given), { commandLine: "taskhead tune" });
}

describe("--taus auto with --lr auto", () => {
  it("starts from the head that has half of the energy, and exports what came of it", () => {
    const { rows, probing, best } = results;
    const distance = ({ energy }: { energy: number | null }): number => Math.abs(energy! - probing[0]!.energy! / 2);
    expect(rows).toHaveLength(1);
    expect(distance(rows[0]!)).toBe(Math.min(...probing.map(distance)));
    expect(rows[0]!.epochs).toHaveLength(6);
    expect(best).toMatchObject({ tau: rows[0]!.tau, validationScore: rows[0]!.bestValidationScore });
  });

  it("--starts 3 trains from three quarters, half and a quarter of it at one rate, and goes on after a kill", async () => {
    const three = await run("three", "3");
    const [first] = three.probing;
    let middle = -1;
    const wanted = [3 / 4, 1 / 2, 1 / 4].map((share) => share * first!.energy!);
    for (const [i, energy] of wanted.entries()) {
      const nearest = three.probing.reduce((a, b) =>
        Math.abs(b.energy! - energy) < Math.abs(a.energy! - energy) ? b : a,
      );
      expect(three.rows.map((row) => row.tau)).toContain(nearest.tau);
      if (i === 1) middle = three.rows.findIndex((row) => row.tau === nearest.tau);
    }
    expect(three.rows[middle]!.tau).toBe(results.rows[0]!.tau);
    // Where a run failed at first, it is that rate.
    expect(new Set(three.rows.map((row) => row.lowered[0]?.learningRate ?? row.learningRate)).size).toBe(1);
    await cp(join(root, "three"), join(root, "killed"), { recursive: true });
    await rm(join(root, "killed", `tau-${three.best!.tau}`), { recursive: true });
    const { rows, best } = await run("killed", "3");
    const timeless = (all: TuneRow[]): TuneRow[] => all.map((row) => ({ ...row, seconds: 0 }));
    expect(timeless(rows)).toEqual(timeless(three.rows));
    expect(best).toEqual(three.best);
  });
});
