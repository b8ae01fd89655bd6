import { join } from "node:path";
import { expect, it } from "vitest";
import {
  addressText,
  askedFor,
  hubSource,
  isHubAddress,
  readHubAddress,
  shownPlace,
  type HubKind,
} from "./hub-address.js";

const commit = "0123456789abcdef0123456789abcdef01234567";

it.each<[text: string, kind: HubKind, name: string, revision: string, path: string]>([
  ["hf:org/name", "model", "org/name", "main", ""],
  ["hf://org/na.me-1_x", "model", "org/na.me-1_x", "main", ""],
  ["hf:org/name@v1.0/onnx/model.onnx", "model", "org/name", "v1.0", "onnx/model.onnx"],
  [`hf:org/name@${commit}/`, "dataset", "org/name", commit, ""],
  [
    "hf://datasets/org/name@refs/convert/parquet/default/train/0.parquet",
    "dataset",
    "org/name",
    "refs/convert/parquet",
    "default/train/0.parquet",
  ],
  ["hf:org/name@refs%2Fpr%2F1/a b/ü.csv", "dataset", "org/name", "refs/pr/1", "a b/ü.csv"],
  ["hf:org/name@feature%2Fx", "model", "org/name", "feature/x", ""],
])("reads %s", (text, kind, name, revision, path) => {
  expect(isHubAddress(text)).toBe(true);
  const address = readHubAddress(text, kind);
  expect(address).toEqual({ kind, name, revision, path });
  if ("wrong" in address) throw new Error(address.wrong);
  // As it is told, it can be given again.
  expect(readHubAddress(addressText(address), kind)).toEqual(address);
});

it.each([
  ["hf:", /wants hf:org\/name, with @revision and \/path/],
  ["hf:name", /wants hf:org\/name/],
  ["hf:../name", /wants hf:org\/name/],
  ["hf:org/..", /wants hf:org\/name/],
  ["hf:org--x/name", /wants hf:org\/name/],
  ["hf:org/name@", /wants hf:org\/name/],
  ["hf:datasets/org/name", /wants a model of the hub, and '.*' is one of its datasets/],
  ["hf:spaces/org/name", /is one of its spaces/],
  ["hf:org/name@..", /wants a branch, a tag or a commit behind the @/],
  ["hf:org/name@a%2F..%2F..%2Fb", /wants a branch, a tag or a commit behind the @/],
  ["hf:org/name@a b", /wants a branch, a tag or a commit behind the @/],
  ["hf:org/name/../../x", /wants a path within the repository/],
  ["hf:org/name/C:/x", /wants a path within the repository/],
  ["hf:org/name/a\\b", /wants a path within the repository/],
])("refuses %s", (text, message) => {
  expect(readHubAddress(text, "model")).toEqual({ wrong: expect.stringMatching(message) });
});

it("knows by its path in the cache where a file is from", () => {
  const file = join("/cache", "datasets--org--my-data", "snapshots", commit, "data", "a.csv");
  expect(hubSource(file)).toEqual({ kind: "dataset", name: "org/my-data", revision: commit, path: "data/a.csv" });
  expect(shownPlace(file)).toBe(`hf:org/my-data@${commit}/data/a.csv`);
  expect(askedFor({ ...hubSource(file)!, revision: "v1" })).toBe("the data set hf:org/my-data@v1");
  for (const other of ["models--org--name/snapshots/main/x", "hf:org/name", "C:\\photos", ""]) {
    expect(hubSource(other)).toBeUndefined();
    expect(shownPlace(other)).toBe(other);
  }
});
