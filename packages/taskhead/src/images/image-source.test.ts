import { classTargets, numberTargets } from "@taskhead/core";
import { describe, expect, it } from "vitest";
import { inTermsOf, targetsOf, type ImageFile, type ImageSource } from "./image-source.js";

const folder = (root: string, outputs: string[], files: ImageFile[] = []): ImageSource => ({
  root,
  labels: null,
  columns: [],
  task: "classification",
  outputs,
  files,
  refused: [],
  notes: [],
});

const columns = (root: string, outputs: string[], files: ImageFile[] = []): ImageSource => ({
  ...folder(root, outputs, files),
  task: "regression",
  labels: `${root}/labels.csv`,
  columns: outputs,
});

const lists = (root: string, outputs: string[], files: ImageFile[] = []): ImageSource => ({
  ...columns(root, outputs, files),
  task: "multi-label",
  columns: ["tags"],
});

describe("targets in terms of other outputs", () => {
  it("are another index of the same class", () => {
    const test = { ...folder("test", ["b", "c"], [{ path: "1", target: 1 }]), labels: "test.csv", columns: ["label"] };
    const found = inTermsOf(folder("train", ["a", "b", "c"]), test);
    expect(found.outputs).toEqual(["a", "b", "c"]);
    expect(found.files).toEqual([{ path: "1", target: 2 }]);
  });

  it("have 0 for labels that no image of the file has", () => {
    const test = lists("test", ["c", "a"], [{ path: "1", target: [1, 0] }]);
    expect(inTermsOf(lists("train", ["a", "b", "c"]), test).files).toEqual([{ path: "1", target: [0, 0, 1] }]);
  });

  it("follow the order of columns, and lack none", () => {
    const test = columns("test", ["b", "a"], [{ path: "1", target: [NaN, 2] }]);
    expect(inTermsOf(columns("train", ["a", "b"]), test).files).toEqual([{ path: "1", target: [2, NaN] }]);
    expect(() => inTermsOf(columns("train", ["a", "b"]), columns("test", ["a"]))).toThrow(
      "the columns of test/labels.csv are not those of train/labels.csv: it lacks 'b'; both need the same columns",
    );
  });

  it("do not exist for a class or label that was not trained", () => {
    expect(() => inTermsOf(lists("train", ["a", "b"]), lists("test", ["a", "x"]))).toThrow(
      "the labels of test/labels.csv are not those of train/labels.csv: it also has 'x'",
    );
    expect(() => inTermsOf(folder("train", ["a", "b"]), folder("test", ["a", "d"]))).toThrow(
      "the classes of test are not those of train: it also has 'd'; both need the same class folders",
    );
  });
});

describe("the targets of files", () => {
  it("are class indices, or rows of numbers", () => {
    const images = [
      { path: "1", target: 1 },
      { path: "2", target: 0 },
    ];
    expect(targetsOf(folder("x", ["a", "b"]), images)).toEqual(classTargets([1, 0]));
    const rows = [
      { path: "1", target: [1, NaN] },
      { path: "2", target: [0, 2] },
    ];
    expect(targetsOf(columns("x", ["a", "b"]), rows)).toEqual(numberTargets(rows.map((r) => r.target)));
    expect(targetsOf(columns("x", ["a", "b"]), [])).toEqual({ data: new Float32Array(), shape: [2] });
  });
});
