import { expect, test } from "vitest";
import { inColumns, whatIsIn } from "./given.js";
import type { PlacedFile } from "./placed-file.js";

const file = (path: string, lines: readonly object[]): PlacedFile => ({
  path,
  file: new Blob([lines.map((line) => `${JSON.stringify(line)}\n`).join("")]),
});
const pair = (y: unknown, x: readonly number[] = [1, 2]): object => ({ x, edge_index: [[0], [1]], y });

test("graphs a line are found, what is learnt of them is guessed and can be chosen, and sets are in terms of the first", async () => {
  const train = file("g/train.jsonl", [pair("a"), pair("b", [3, 4, 5]), { ...pair("a"), edge_index: [[0], [9]] }]);
  const given = await whatIsIn([train, file("g/test.jsonl", [pair("b")])]);
  expect(given).toMatchObject({
    kind: "graphs",
    sheet: { task: "classification", content: { columns: ["y"] } },
    found: {
      outputs: ["a", "b"],
      sets: { train: "g/train.jsonl", test: "g/test.jsonl" },
      texts: [
        { name: "g/train.jsonl:1", target: 0, set: "train" },
        { target: 1, graph: { nodes: Int32Array.of(3, 4, 5), nodeWidth: 1 } },
        { name: "g/test.jsonl:1", target: 1, set: "test" },
      ],
      chosen: { text: [], targets: ["y"] },
      notes: [expect.stringContaining("g/train.jsonl:3: edge_index names node 9") as string],
    },
  });
  const numbers = await whatIsIn([
    file("n.jsonl", [
      { ...pair(0.5), mass: 1 },
      { ...pair(1.5), mass: 2 },
    ]),
  ]);
  if (!("kind" in numbers) || numbers.kind !== "graphs") throw new Error("no graphs");
  expect(numbers).toMatchObject({ sheet: { task: "regression" }, found: { outputs: ["y"] } });
  const others = await inColumns(numbers.sheet!.content, { task: "regression", targets: ["mass", "y"] });
  expect(others).toMatchObject({ found: { outputs: ["mass", "y"], texts: [{ target: [1, 0.5] }, {}] } });
});

test("graphs of no use are told in a line", async () => {
  const none = await whatIsIn([file("n.jsonl", [{ x: [], edge_index: [[], []], y: 1 }])]);
  expect(none).toMatchObject({
    kind: "graphs",
    found: null,
    fault: expect.stringContaining("no line of n.jsonl can be used") as string,
  });
  const parts = await whatIsIn([1, 2].map((n) => file(`d/train-${n}.jsonl`, [pair("a"), pair("b")])));
  expect(parts).toMatchObject({ fault: "d has 2 files of graphs, which are read from one; join them" });
});
