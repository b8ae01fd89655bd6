import { expect, it } from "vitest";
import { identityOf } from "../../options/options.js";
import type { SweepOptions } from "../sweep-options.js";
import { parseSweep } from "../read-options.js";
import { jobIdOf, optionsOf, payloadOf, placeNames, readPayload, type SentPayload } from "./payload.js";

const asked = parseSweep("data", {
  backbone: "m.onnx",
  queue: "redis://:pa55@host",
  method: "hp-ft,l2-sp",
  spAlpha: "0.2",
  head: "linear,mlp",
  taus: "0,0.5,converged",
  lr: "3e-3,auto",
  mean: "0.1,0.2,0.3",
  classWeights: "balanced",
});
const list = "0".repeat(64);
const files = { train: { list, path: "data" }, backbone: { inStore: "models/m.onnx" }, ood: [] };
const sweep = { run: "0123456789abcdef", contents: { "content of --backbone": "x" }, files };

/** Through the queue, which keeps text. */
function sent(options: SweepOptions, group: number, probing: object = {}): SentPayload {
  const { taus, probeEpochs } = options.groups[group]!;
  const bench = { options, probingAsked: () => ({ taus, probeEpochs, ...probing }) };
  const trial = { group, tau: 0.5, learningRate: 0.1 + 0.2, seed: 2 };
  return JSON.parse(JSON.stringify(payloadOf(bench, sweep, trial, 7))) as SentPayload;
}

it("says to a worker all that the sweep was asked for, but for what is another machine's, and no address", () => {
  const payload = sent(asked, 3);
  expect(JSON.stringify(payload)).not.toMatch(/pa55|redis|"out"|"cache"|"memory"/);
  const own = { memory: 1, cache: "/c", out: "/o" };
  const paths = { train: "/t", backbone: "/b", ood: [] };
  const { groups, seeds, grid, jobs } = optionsOf(readPayload(payload), { ...paths } as never, own);
  expect({ seeds, grid, jobs }).toEqual({ seeds: asked.seeds, grid: asked.grid, jobs: 1 });
  for (const [i, group] of [asked.groups[0]!, asked.groups[3]!].entries())
    expect(groups[i]).toEqual({ ...group, ...own, ...paths, wide: false, json: false, verbose: false });
  expect(readPayload(payload)).toMatchObject({
    epochs: 7,
    trial: { group: 1, learningRate: 0.1 + 0.2, tau: 0.5, seed: 2 },
  });
});

it("names the first group once, and what others ask of its probing", () => {
  expect(sent(asked, 0)).toMatchObject({ groups: [{ method: "hp-ft" }], trial: { group: 0 } });
  expect(sent(asked, 0, { taus: [0, 9] }).groups).toMatchObject([{ taus: [0, 0.5, "converged"] }, { taus: [0, 9] }]);
});

it("says which commits the sweep took from the hub, so that a worker's configuration is the sweep's", () => {
  const commits = { "the model hf:org/name@v1": "0123456789abcdef0123456789abcdef01234567" };
  const payload = sent(parseSweep("data", { backbone: "m.onnx", queue: "redis://h" }, {}, commits), 0);
  const own = { memory: 1, cache: "/c", out: "/o" };
  const { groups } = optionsOf(readPayload(payload), { train: "/t", backbone: "/b", ood: [] } as never, own);
  expect(groups[0]!.commits).toEqual(commits);
  expect(identityOf(groups[0]!)).toMatchObject({ "the commit of the model hf:org/name@v1": Object.values(commits)[0] });
  expect(() => readPayload({ ...payload, commits: { x: "../y" } })).toThrow(/: commits\.x /);
});

it("has an id by its content, whichever way it came", () => {
  const id = jobIdOf(sent(asked, 0));
  expect(id).toMatch(/^trial-[0-9a-f]{32}$/);
  expect(jobIdOf(JSON.parse(JSON.stringify(sent(asked, 0))) as SentPayload)).toBe(id);
  expect(jobIdOf({ ...sent(asked, 0), epochs: 8 })).not.toBe(id);
});

it.each<[wrong: Record<string, unknown>, line: RegExp]>([
  [{ format: 2 }, /^the job is none of this version's trials: format [^\n]*; use one version of taskhead/],
  [{ run: "../../x" }, /: run /],
  [{ files: { ...files, train: { inStore: "../../etc/passwd" } } }, /: files\.train\.inStore is no path/],
  [{ files: { ...files, train: { inStore: "/etc/passwd" } } }, /: files\.train\.inStore is no path/],
  [{ files: { ...files, train: "/etc/passwd" } }, /: files\.train /],
  [{ files: { ...files, backbone: { list, path: "a/../../b" } } }, /: files\.backbone\.path is no path/],
  [{ files: { ...files, more: { list, path: "a" } } }, /: files /],
  [{ groups: [] }, /: groups /],
  [{ groups: [{ train: "/etc/passwd" }] }, /: groups\.0 'train' is no setting of a trial/],
  [{ groups: [{ cache: "/etc" }] }, /: groups\.0 'cache' is no setting of a trial/],
  [{ groups: [{ batch: -1 }] }, /: groups\.0 batch wants a whole number of at least 1, not -1/],
  [{ trial: { group: 0, tau: "x; rm", learningRate: 1, seed: 0 } }, /: trial\.tau /],
  [{ trial: { group: 5, tau: 0, learningRate: 1, seed: 0 } }, /: trial\.group /],
  [{ epochs: "7" }, /: epochs /],
  [{ extra: 1 }, /: it /],
])("refuses %j in a line", (wrong, line) => {
  expect(() => readPayload({ ...sent(asked, 0), ...wrong })).toThrow(line);
});

it("knows of every option that is a path", () => {
  const { groups } = parseSweep("data", { backbone: "m.onnx", queue: "redis://h", val: "v", test: "t", side: "s", method: "side", ood: ["o"] }); // prettier-ignore
  const known: readonly string[] = [...placeNames, "ood", "cache", "out"];
  const isPath = (value: unknown): boolean =>
    [value].flat().some((one) => typeof one === "string" && one.startsWith("/"));
  expect(Object.entries(groups[0]!).filter(([name, value]) => isPath(value) && !known.includes(name))).toEqual([]);
});
