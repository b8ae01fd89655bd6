import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { memoryStore, type TuneEvent } from "@taskhead/core";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HubServer, token } from "../../test/hub-server.js";
import { UserError } from "../files/errors.js";
import { hubSource, shownPlace } from "../files/hub-address.js";
import { findDataSet } from "../text/data-set-folder.js";
import { putSamples } from "../sweep/queue/files.js";
import { fetchPlace, fetchPlaces } from "./places.js";

const root = mkdtempSync(join(tmpdir(), "taskhead-hub-"));
afterAll(() => rmSync(root, { recursive: true }));
const hub = await HubServer.start();
afterAll(() => hub.close());

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(root, "cache-"));
  vi.stubEnv("HF_ENDPOINT", hub.url);
  vi.stubEnv("HF_HUB_CACHE", cache);
  vi.stubEnv("HF_TOKEN", "");
  vi.stubEnv("HF_HUB_OFFLINE", "");
  hub.asked.length = 0;
  hub.leaked.length = 0;
  hub.spoil = {};
});
afterEach(() => vi.unstubAllEnvs());

const weights = (size: number, seed = 1): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * i * seed + i) % 251));
const model = (place: string): Promise<string> => fetchPlace(place, "model", {});
const data = (place: string): Promise<string> => fetchPlace(place, "dataset", {});
const refused = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toContain("\n");
  expect(message).not.toContain(token);
  return message;
};
const contents = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).map(String).sort();

const layout = {
  "README.md": "---\nlicense: mit\n---\nx",
  "config.json": "{}",
  "tokenizer.json": "{}",
  "modules.json": "[]",
  "1_Pooling/config.json": "{}",
  "onnx/model.onnx": weights(5000),
  "onnx/model_fp16.onnx": weights(2500),
  "model.safetensors": weights(5000, 2),
  "pytorch_model.bin": weights(5000, 3),
  "generation_config.json": "{}",
};
const first = hub.add("model", "org/net", layout);

describe("a model", () => {
  it("comes with what is read beside it and nothing else, and tells its commit", async () => {
    const said: string[] = [];
    const onProgress = (event: TuneEvent): void => void (event.kind === "message" && said.push(event.text));
    const file = await fetchPlace("hf:org/net", "model", { onProgress });
    expect(readFileSync(file)).toEqual(layout["onnx/model.onnx"]);
    const snapshot = join(cache, "models--org--net", "snapshots", first);
    expect(relative(snapshot, file)).toBe(join("onnx", "model.onnx"));
    expect(contents(snapshot)).toEqual(
      [
        "1_Pooling",
        "1_Pooling/config.json",
        "README.md",
        "config.json",
        "modules.json",
        "onnx",
        "onnx/model.onnx",
        "tokenizer.json",
      ].sort(),
    );
    // As other clients of the hub keep it.
    expect(readFileSync(join(cache, "models--org--net", "refs", "main"), "utf8")).toBe(first);
    expect(realpathSync(file)).toMatch(/blobs[\\/][0-9a-f]{64}$/);
    expect(hubSource(file)).toEqual({ kind: "model", name: "org/net", revision: first, path: "onnx/model.onnx" });
    expect(shownPlace(file)).toBe(`hf:org/net@${first}/onnx/model.onnx`);
    expect(said).toEqual([
      expect.stringMatching(/^fetches 6 files of the model hf:org\/net, 5\.\d\d kB$/),
      `takes hf:org/net@${first}/onnx/model.onnx (5.00 kB)`,
    ]);
  });

  it("shows how far it has come, once that takes more than two seconds", async () => {
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 900));
    const events: TuneEvent[] = [];
    await fetchPlace("hf:org/net", "model", { onProgress: (event) => void events.push(event) });
    clock.mockRestore();
    const progress = events.filter((event) => event.kind === "progress");
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toEqual({ kind: "progress", task: "fetching org/net", done: 0, total: 1, unit: "MB" });
    expect(events.at(-2)).toEqual({ kind: "end", task: "fetching org/net" });
  });

  it("is there again without a request, at its commit or where nothing may be asked", async () => {
    const file = await model("hf:org/net");
    expect(hub.asked.length).toBeGreaterThan(3);
    hub.asked.length = 0;
    expect(await model(`hf://org/net@${first}`)).toBe(file);
    expect(await model(`hf:org/net@${first}/onnx`)).toBe(file);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect(await model("hf:org/net")).toBe(file);
    expect(hub.asked).toEqual([]);
    expect(await refused(model(`hf:org/net/onnx/model_fp16.onnx`))).toMatch(
      /^onnx\/model_fp16\.onnx of the model hf:org\/net at commit \w{40} is not in the cache \(.*\), and HF_HUB_OFFLINE forbids/,
    );
    expect(await refused(model("hf:org/net@v1"))).toMatch(
      /^the model hf:org\/net at revision 'v1' is not in the cache/,
    );
    expect(await refused(model("hf:org/other"))).toMatch(
      /^the model hf:org\/other at revision 'main' is not in the cache/,
    );
    expect(hub.asked).toEqual([]);
  });

  it("that another client has fetched is used where nothing may be asked, and checked by the names of its blobs", async () => {
    const file = await model("hf:org/net");
    rmSync(join(cache, "models--org--net", ".taskhead"), { recursive: true });
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect(await model("hf:org/net")).toBe(file);
    appendFileSync(realpathSync(file), "x");
    expect(await refused(model("hf:org/net"))).toMatch(/onnx\/model\.onnx of the model hf:org\/net at commit/);
  });

  it("brings weights that it keeps beside itself, whatever they are called", async () => {
    // ModelProto { graph: { initializer: { external_data: { key: "location", value: "deep/w.bin" } } } }
    const entry = (key: string, value: string): number[] => [
      10,
      key.length,
      ...Buffer.from(key),
      18,
      value.length,
      ...Buffer.from(value),
    ];
    const field = (number: number, bytes: number[]): number[] => [number * 8 + 2, bytes.length, ...bytes];
    const external = field(13, entry("location", "deep/w.bin"));
    const file = Uint8Array.from(field(7, field(5, external)));
    hub.add("model", "org/big", {
      "sub/model.onnx": file,
      "sub/deep/w.bin": weights(3000),
      "sub/deep/other.bin": "x",
      "sub/config.json": "{}",
    });
    const path = await model("hf:org/big/sub");
    expect(contents(join(path, ".."))).toEqual(["config.json", "deep", join("deep", "w.bin"), "model.onnx"]);
    expect(readFileSync(join(path, "../deep/w.bin"))).toEqual(weights(3000));
  });

  it("is asked for by name where there are several, or none", async () => {
    const at = hub.add("model", "org/parts", {
      "onnx/decoder.onnx": "d",
      "onnx/encoder.onnx": "e",
      "onnx/encoder_fp16.onnx": "h",
    });
    expect(await refused(model("hf:org/parts"))).toBe(
      `hf:org/parts@${at} holds several models (onnx/decoder.onnx, onnx/encoder.onnx); give the path of one of them, as hf:org/parts@${at}/onnx/decoder.onnx`,
    );
    expect(readFileSync(await model("hf:org/parts/onnx/encoder.onnx"), "utf8")).toBe("e");
    expect(await refused(model("hf:org/parts/onnx/x.onnx"))).toMatch(
      /onnx\/x\.onnx is not there; give one that is, such as hf:org\/parts@\w+\/onnx\/decoder\.onnx$/,
    );
    hub.add("model", "org/torch", { "model.safetensors": "x" });
    expect(await refused(model("hf:org/torch"))).toMatch(
      /^hf:org\/torch@\w+ has no \.onnx file; give a repository that/,
    );
  });
});

describe("what comes is what the hub lists", () => {
  it.each<[path: string, spoilt: (bytes: Buffer) => Buffer, message: RegExp]>([
    [
      "onnx/model.onnx",
      (bytes) => Buffer.from(bytes).fill(1, 10, 11),
      /^hf:org\/net@\w{40}\/onnx\/model\.onnx came damaged: its SHA-256 is \w{64}, and the hub lists \w{64}; run the same/,
    ],
    [
      "tokenizer.json",
      () => Buffer.from("[]"),
      /tokenizer\.json came damaged: its git hash is \w{40}, and the hub lists \w{40}/,
    ],
    ["onnx/model.onnx", (bytes) => bytes.subarray(1), /model\.onnx came with fewer than the 5000 bytes/],
    ["onnx/model.onnx", (bytes) => Buffer.concat([bytes, bytes]), /model\.onnx came with more than the 5000 bytes/],
  ])("or is refused and leaves nothing: %s", async (spoilt, how, message) => {
    hub.spoil.file = (path, bytes) => (path === spoilt ? how(bytes) : bytes);
    expect(await refused(model("hf:org/net"))).toMatch(message);
    expect(contents(cache).filter((name) => name.includes("incomplete") || name.endsWith(spoilt))).toEqual([]);
  });

  it("also once it is in the cache: what was damaged there is fetched again", async () => {
    const file = await model("hf:org/net");
    writeFileSync(file, weights(5000, 7));
    // A copy in place of a link, as Windows has it.
    const config = join(file, "../../config.json");
    rmSync(config);
    writeFileSync(config, "[]");
    const said: string[] = [];
    await fetchPlace("hf:org/net", "model", {
      onProgress: (event) => void said.push("text" in event ? event.text : ""),
    });
    expect(said[0]).toBe(`hf:org/net@${first}/onnx/model.onnx is damaged in the cache`);
    expect(readFileSync(file)).toEqual(layout["onnx/model.onnx"]);
    expect(readFileSync(config, "utf8")).toBe("{}");
  });

  it("also where a connection breaks: it goes on where it broke", async () => {
    hub.spoil.breaks = 2;
    expect(readFileSync(await model("hf:org/net"))).toEqual(layout["onnx/model.onnx"]);
  });

  it("also for several at once", async () => {
    const files = await Promise.all([1, 2, 3, 4].map(() => model("hf:org/net")));
    expect(new Set(files).size).toBe(1);
    expect(readFileSync(files[0]!)).toEqual(layout["onnx/model.onnx"]);
    expect(contents(cache).filter((name) => /incomplete|tmp/.test(name))).toEqual([]);
  });

  it.each(["../../outside", "/etc/x", "a\\..\\..\\b", "C:/x", "a//b", "a/../b"])(
    "and no path of a file may lead elsewhere: %s",
    async (path) => {
      const entry = { type: "file", oid: "a".repeat(40), size: 1, path };
      hub.spoil.tree = (entries) => [...entries, entry];
      expect(await refused(model("hf:org/net"))).toMatch(
        /lists '.*', which cannot be a file of a repository; tell its owner/,
      );
      expect(existsSync(join(root, "outside"))).toBe(false);
      expect(contents(cache).some((name) => name.includes("snapshots"))).toBe(false);
    },
  );

  it("and no digest may name another place", async () => {
    hub.spoil.tree = (entries) => [...entries, { type: "file", oid: "../../../x", size: 1, path: "config.json" }];
    expect(await refused(model("hf:org/net"))).toMatch(/lists 'config\.json', which cannot be a file/);
  });
});

describe("a commit", () => {
  it("is found once for all that a job takes, and kept by it when the branch moves", async () => {
    const before = hub.add("dataset", "org/moving", {
      "train.csv": "text,label\na,1\n",
      "test.csv": "text,label\nb,1\n",
    });
    const given = {
      train: "hf:org/moving/train.csv",
      test: "hf:org/moving/test.csv",
      ood: ["hf:org/moving/test.csv"],
      backbone: "m.onnx",
    };
    const begun = await fetchPlaces(given, () => undefined, {});
    expect(begun.commits).toEqual({ "the data set hf:org/moving": before });
    expect(hub.asked.filter((line) => line.includes("/revision/"))).toHaveLength(1);
    expect(begun.given).toMatchObject({ backbone: "m.onnx", ood: [begun.given.test] });
    const after = hub.add("dataset", "org/moving", { "train.csv": "text,label\nc,1\n" });
    hub.asked.length = 0;
    const same = await fetchPlaces(given, (asked) => begun.commits[asked], {});
    expect(same).toEqual(begun);
    expect(hub.asked).toEqual([]);
    const anew = await fetchPlaces(given, () => undefined, {});
    expect(anew.commits).toEqual({ "the data set hf:org/moving": after });
    expect(readFileSync(anew.given.train, "utf8")).toContain("c,1");
  });

  it("may be of a branch or a tag, of which names may hold slashes", async () => {
    hub.add("dataset", "org/moving", { "p.parquet": "p" }, { branch: "refs/convert/parquet" });
    expect(readFileSync(await data("hf://datasets/org/moving@refs/convert/parquet/p.parquet"), "utf8")).toBe("p");
    hub.add("model", "org/net", { "onnx/model.onnx": weights(20, 9) }, { branch: "release/2" });
    expect(readFileSync(await model("hf:org/net@release%2F2"))).toEqual(weights(20, 9));
    expect(await refused(model("hf:org/net@v9"))).toBe(
      `the model hf:org/net has no revision 'v9' at ${new URL(hub.url).host} (404); give a branch, a tag or a commit that ${hub.url}/org/net has`,
    );
  });
});

describe("a data set", () => {
  it("comes as its card names its sets, from folders too", async () => {
    const card = `---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n  - split: test\n    path: data/test-*\n  - split: unsupervised\n    path: data/unsupervised-*\n---\n`;
    hub.add("dataset", "org/texts", {
      "README.md": card,
      "data/train-0.csv": "text,label\na,0\n",
      "data/train-1.csv": "text,label\nb,1\n",
      "data/test-0.csv": "text,label\nc,1\n",
      "data/unsupervised-0.csv": weights(4000),
      "raw.zip": weights(4000),
    });
    const folder = await data("hf:org/texts");
    expect(contents(folder)).toEqual(["README.md", "data", "data/test-0.csv", "data/train-0.csv", "data/train-1.csv"]);
    expect((await findDataSet(folder))!.sets).toEqual({
      train: ["data/train-0.csv", "data/train-1.csv"].map((name) => join(folder, name)),
      test: [join(folder, "data/test-0.csv")],
    });
    const store = memoryStore();
    const { list } = (await putSamples(store, folder)) as { list: string };
    expect(
      Object.keys(JSON.parse(new TextDecoder().decode(await store.read(`files/${list}.json`))) as object),
    ).toHaveLength(4);
  });

  it("without one, or a part of it, comes with all that is read", async () => {
    hub.add("dataset", "org/pets", {
      ".gitattributes": "x",
      "load.py": "x",
      "train/cat/1.png": "1",
      "train/dog/2.JPG": "2",
      "train/classes.txt": "t",
      "test/cat/3.png": "3",
      "train/.hidden/4.png": "4",
    });
    expect(contents(await data("hf:org/pets/test"))).toEqual(["cat", "cat/3.png"]);
    const snapshot = await data("hf:org/pets");
    expect(contents(snapshot).filter((name) => name.includes("."))).toEqual([
      "test/cat/3.png",
      "train/cat/1.png",
      "train/classes.txt",
      "train/dog/2.JPG",
    ]);
    expect(await refused(data("hf:org/pets/valid"))).toMatch(
      /^hf:org\/pets@\w+\/valid is not there; the data set has 'load\.py', 'test', 'train'$/,
    );
    hub.add("dataset", "org/named", { "README.md": "---\nconfigs:\n- data_files: all.zip\n---\n", "all.zip": "z" });
    expect(await refused(data("hf:org/named"))).toMatch(
      /^the card of hf:org\/named@\w+ names all\.zip, which is of no kind/,
    );
    hub.add("dataset", "org/packed", { "all.zip": "z" });
    expect(await refused(data("hf:org/packed"))).toMatch(
      /holds no table, text, picture or archive that is read \(it has '\.zip'\)/,
    );
  });
});

describe("who asks", () => {
  it("is told to the hub alone", async () => {
    hub.add("model", "org/secret", { "model.onnx": weights(3000), "config.json": "{}" }, { private: true });
    vi.stubEnv("HF_TOKEN", token);
    expect(readFileSync(await model("hf:org/secret"))).toEqual(weights(3000));
    expect(hub.asked.some((line) => line.startsWith("GET /lfs/"))).toBe(true);
    expect(hub.leaked).toEqual([]);
    const kept = contents(cache)
      .map((name) => join(cache, name))
      .filter(
        (path) =>
          !readdirSync(join(path, ".."), { withFileTypes: true })
            .find((e) => join(e.path, e.name) === path)!
            .isDirectory(),
      );
    for (const path of kept) expect(readFileSync(path).includes(token)).toBe(false);
  });

  it.each([
    [
      "",
      "hf:org/secret",
      /^the model hf:org\/secret cannot be read without a token \(401: it is private, or not there\); check the name, or set HF_TOKEN/,
    ],
    ["", "hf:org/none", /^the model hf:org\/none cannot be read without a token \(401/],
    [
      token,
      "hf:org/none",
      /^the model hf:org\/none is not at 127\.0\.0\.1:\d+ \(404\), or this HF_TOKEN may not see it; check its name$/,
    ],
    ["hf_wrong", "hf:org/net", /cannot be read with this HF_TOKEN \(401: it is not valid, or may not do that\)/],
    [
      token,
      "hf:org/gated",
      /^the model hf:org\/gated cannot be read with this HF_TOKEN \(403: it is gated.*ask for access at http/,
    ],
    ["", "hf:org/gated", /with no token \(403: it is gated.*, and set HF_TOKEN$/],
    [
      "s3cret",
      "hf:org/net",
      /^HF_TOKEN is no token of the hub, which begin with hf_; take one from [^;]*settings\/tokens, or unset it$/,
    ],
  ])("is refused in a line: HF_TOKEN=%s %s", async (own, place, message) => {
    hub.add("model", "org/gated", { "model.onnx": "x" }, { gated: true });
    vi.stubEnv("HF_TOKEN", own);
    const said = await refused(model(place));
    expect(said).toMatch(message);
    expect(said).not.toContain("s3cret");
  });
});

describe("a hub that does not answer", () => {
  it("is named, with what helps", async () => {
    const gone = await HubServer.start();
    await gone.close();
    vi.stubEnv("HF_ENDPOINT", gone.url);
    expect(await refused(model("hf:org/net"))).toMatch(
      /^127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\); check the network and HF_ENDPOINT, or set HF_HUB_OFFLINE=1/,
    );
    vi.stubEnv("HF_ENDPOINT", "https://me:s3cret@host");
    expect(await refused(model("hf:org/net"))).toBe(
      "HF_ENDPOINT holds a user or a password; give the address alone, and a token in HF_TOKEN",
    );
    vi.stubEnv("HF_ENDPOINT", "host");
    expect(await refused(model("hf:org/net"))).toMatch(/^HF_ENDPOINT wants an address such as/);
  });

  it("is asked again, as long as that may help", async () => {
    hub.spoil.status = { code: 503, times: 2 };
    expect(existsSync(await model("hf:org/net"))).toBe(true);
    hub.spoil.status = { code: 429, times: 99 };
    expect(await refused(data("hf:org/pets"))).toMatch(/has had too many requests from here \(429\)/);
  });

  it("but with something else, is doubted", async () => {
    hub.spoil.portal = true;
    expect(await refused(model("hf:org/net"))).toMatch(
      /^127\.0\.0\.1:\d+ answers otherwise than the hub does; check HF_ENDPOINT/,
    );
  });

  it("is asked no more once the work is stopped", async () => {
    const reason = new Error("stopped");
    await expect(fetchPlace("hf:org/net", "model", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
