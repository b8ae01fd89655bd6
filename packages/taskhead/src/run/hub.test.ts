import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { HubServer, token, type Files } from "../../test/hub-server.js";
import { drawStripes, tinyBackboneFile } from "../../test/stripes.js";
import { run } from "../commands/program.js";
import { UserError } from "../files/errors.js";
import { fetchModelFolder } from "../hub/places.js";
import { pushModel, type PushOptions } from "../hub/push.js";
import type { TuneInput } from "../options/input.js";
import { findModel } from "./exported-model.js";
import { tune } from "./tune.js";

let root: string;
let hub: HubServer;
let input: TuneInput;
let begun: Record<"model" | "data", string>;

async function filesIn(folder: string): Promise<Record<string, Buffer>> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((e) => e.isFile()).map((e) => join(e.path, e.name));
  const named = (path: string): string => path.slice(folder.length + 1).replaceAll("\\", "/");
  return Object.fromEntries(await Promise.all(files.map(async (path) => [named(path), await readFile(path)] as const)));
}

const environment = (): void => {
  vi.stubEnv("HF_ENDPOINT", hub.url);
  vi.stubEnv("HF_HUB_CACHE", join(root, "hub"));
  vi.stubEnv("HF_TOKEN", token);
  vi.stubEnv("HF_HUB_OFFLINE", "");
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-from-hub-"));
  hub = await HubServer.start();
  environment();
  await drawStripes(join(root, "drawn", "train"), 6);
  await mkdir(join(root, "net", "onnx"), { recursive: true });
  await tinyBackboneFile(join(root, "net", "model.onnx"));
  const card = "---\nlicense: other\nlicense_name: tests-only\ntags: [a]\n---\n";
  begun = {
    model: hub.add("model", "org/tiny", { ...(await filesIn(join(root, "net"))), "README.md": card } as Files),
    data: hub.add("dataset", "org/stripes", (await filesIn(join(root, "drawn"))) as Files),
  };
  input = {
    train: "hf:org/stripes/train",
    test: "hf:org/stripes/train",
    backbone: "hf:org/tiny",
    out: join(root, "run"),
    cache: join(root, "cache"),
    size: 16,
    taus: [1],
    epochs: 1,
    lr: 0.01,
    threads: 1,
  };
  await tune(input);
  return () => rm(root, { recursive: true, force: true });
});
afterAll(() => hub.close());
beforeEach(environment);
afterEach(() => vi.unstubAllEnvs());

describe("a run on what the hub has", () => {
  it("is of its commits, and says where all is from", async () => {
    const { configuration } = JSON.parse(await readFile(join(root, "run", "run.json"), "utf8")) as {
      configuration: object;
    };
    expect(configuration).toMatchObject({
      "the commit of the model hf:org/tiny": begun.model,
      "the commit of the data set hf:org/stripes": begun.data,
    });
    const results = JSON.parse(await readFile(join(root, "run", "results.json"), "utf8")) as {
      backbone: object;
      options: object;
    };
    expect(results.backbone).toMatchObject({ file: `hf:org/tiny@${begun.model}/model.onnx` });
    expect(results.options).toMatchObject({
      backbone: `hf:org/tiny@${begun.model}/model.onnx`,
      train: `hf:org/stripes@${begun.data}/train`,
    });
    expect(await readFile(join(root, "run", "report.html"), "utf8")).toContain(`hf:org/stripes@${begun.data}/train`);
  });

  it("keeps no token anywhere", async () => {
    for (const folder of ["run", "cache", "hub"])
      for (const bytes of Object.values(await filesIn(join(root, folder)))) expect(bytes.includes(token)).toBe(false);
  });

  it("has a card with its base, the base's licence and the data", async () => {
    const card = await readFile(join(root, "run", "model", "README.md"), "utf8");
    expect(card.split("---\n")[1]).toBe(
      [
        'license: "other"',
        'license_name: "tests-only"',
        "base_model: org/tiny",
        "base_model_relation: finetune",
        "datasets:",
        "  - org/stripes",
        "library_name: transformers.js",
        "pipeline_tag: image-classification",
        "tags:",
        "  - onnx",
        "  - taskhead",
        "model-index:",
        '  - name: "org/tiny"',
        "    results:",
        "      - task:",
        "          type: image-classification",
        "        dataset:",
        '          name: "org/stripes"',
        "          type: org/stripes",
        "        metrics:",
        "          - type: accuracy",
        `            value: ${/value: (.*)/.exec(card)![1]}`,
        "",
      ].join("\n"),
    );
    expect(card).toContain(`\`org/tiny\` of the Hugging Face hub at commit ${begun.model.slice(0, 12)}`);
    expect(card).toContain("The backbone's licence (`tests-only`) and its limits hold for this model too.");
  });

  it("goes on with the same commits when the branch has moved, and with others is another run", async () => {
    const moved = hub.add("model", "org/tiny", { "README.md": "another" });
    hub.asked.length = 0;
    const said: string[] = [];
    const again = await tune({ ...input, onProgress: (event) => event.kind === "message" && said.push(event.text) });
    expect(again.backbone.file).toContain(begun.model);
    expect(hub.asked).toEqual([]);
    expect(said).toContain(`goes on with commit ${begun.model} of the model hf:org/tiny`);
    await expect(tune({ ...input, backbone: `hf:org/tiny@${moved}` })).rejects.toThrow(
      /belongs to another configuration: the commit of the model hf:org\/tiny is \w{40} there and not set here/,
    );
  });

  it("takes its task from samples once they are fetched", async () => {
    const pictures = Object.entries(await filesIn(join(root, "drawn", "train")));
    const rows = pictures.map(([path], i) => `${path},${i / 4}`);
    const flat = Object.fromEntries(pictures.map(([path, bytes]) => [`set/${path}`, bytes]));
    hub.add("dataset", "org/weights", {
      ...flat,
      "set/metadata.csv": `file_name,weight\n${rows.join("\n")}\n`,
    } as Files);
    const said: string[] = [];
    const { test: _, ...asked } = {
      ...input,
      train: "hf:org/weights/set",
      out: join(root, "weights"),
      label: "weight",
    };
    const { metric, options } = await tune({
      ...asked,
      huber: 2,
      onProgress: (event) => event.kind === "message" && said.push(event.text),
    });
    expect([metric.name, options.task]).toEqual(["R²", "regression"]);
    expect(said).toContainEqual(
      expect.stringMatching(/^'weight' of .*metadata\.csv holds numbers with fractions: regr/),
    );
  });

  it("says what is wrong with options before it fetches anything", async () => {
    hub.asked.length = 0;
    await expect(tune({ ...input, backbone: "hf:org" })).rejects.toThrow(
      /^backbone wants hf:org\/name, with @revision/,
    );
    await expect(tune({ ...input, epochs: -1 })).rejects.toThrow(/^epochs wants/);
    expect(hub.asked).toEqual([]);
  });
});

describe("pushing its model", () => {
  const push = (own: Partial<PushOptions> = {}, folder = join(root, "run", "model")) =>
    pushModel(folder, { name: "me/stripes", private: false, revision: "main", message: "tuned", ...own }, {});
  const onHub = (name: string, branch = "main"): Record<string, Buffer> => {
    const { branches, commits } = hub.repositories.get(`models/${name}`)!;
    return Object.fromEntries(commits.get(branches.get(branch)!)!);
  };

  it("makes the repository, uploads the folder and nothing else, and it comes back byte for byte", async () => {
    await writeFile(join(root, "run", "model", "notes.txt"), "mine alone");
    hub.chunk = 2000;
    const { url, commit, files, removed } = await push({ private: true });
    hub.chunk = undefined;
    expect([url, removed]).toEqual([`${hub.url}/me/stripes`, []]);
    expect(hub.repositories.get("models/me/stripes")).toMatchObject({ private: true });
    const { "notes.txt": _, ...own } = await filesIn(join(root, "run", "model"));
    expect(files.sort()).toEqual(Object.keys(own).sort());
    const { ".gitattributes": __, ...there } = onHub("me/stripes");
    expect(there).toEqual(own);
    expect(hub.leaked).toEqual([]);

    const folder = await fetchModelFolder(`hf:me/stripes@${commit}`, {});
    for (const [path, bytes] of Object.entries(own)) expect(await readFile(join(folder, path))).toEqual(bytes);
    const { outputs } = await findModel(folder);
    expect(outputs).toEqual(["columns", "dots", "rows"]);
  });

  it("goes to a branch, and takes away what was of an earlier model", async () => {
    const old = {
      "taskhead.json": JSON.stringify({ checksums: { "onnx/model_int8.onnx": "0" } }),
      "onnx/model_int8.onnx": "old",
      "mine.txt": "kept",
    };
    hub.add("model", "me/again", old);
    const { url, removed } = await push({ name: "me/again", revision: "next/2" });
    expect([url, removed]).toEqual([`${hub.url}/me/again/tree/next%2F2`, ["onnx/model_int8.onnx"]]);
    expect(Object.keys(onHub("me/again", "next/2"))).toEqual(
      expect.arrayContaining(["mine.txt", "onnx/model.onnx", "README.md"]),
    );
    expect(Object.keys(onHub("me/again", "next/2"))).not.toContain("onnx/model_int8.onnx");
    expect(Object.keys(onHub("me/again"))).toEqual(Object.keys(old));
  });

  it("is asked by its address there, as a command line gives it", async () => {
    const ask = async (...argv: string[]): Promise<[code: number, printed: string, said: string]> => {
      let [printed, said] = ["", ""];
      const sink = (take: (text: string) => void) =>
        new Writable({ write: (chunk, _, done) => (take(String(chunk)), done()) });
      const code = await run(argv, {
        stdout: sink((text) => (printed += text)),
        stderr: sink((text) => (said += text)),
      });
      return [code, printed, said];
    };
    const { branches } = hub.repositories.get("models/me/stripes")!;
    const at = `hf:me/stripes@${branches.get("main")}`;
    const [code, printed, said] = await ask(
      "predict",
      "hf:me/stripes",
      join(root, "drawn", "train", "rows", "0.png"),
      "--json",
    );
    expect([code, said]).toEqual([0, expect.stringContaining(`takes ${at}/onnx/model.onnx`)]);
    expect(JSON.parse(printed)).toMatchObject({ predictions: [{ image: expect.stringContaining("0.png") }] });
    const page = join(root, "page.html");
    const [, scored] = await ask("evaluate", "hf:me/stripes", "hf:org/stripes/train", "--out", page, "--json");
    expect(JSON.parse(scored)).toMatchObject({ data: { count: 18 }, page });
    expect(await readFile(page, "utf8")).toContain(`hf:org/stripes@${begun.data}/train`);
    const [, inspected] = await ask("inspect", "hf:org/tiny", "--json");
    expect(JSON.parse(inspected)).toMatchObject({ features: { width: 8 } });
    expect(await ask("push", join(root, "run"), "stripes")).toEqual([
      2,
      "",
      "taskhead: push wants org/name of the hub, not 'stripes'\n",
    ]);
    expect(await ask("tune", "hf:org", "--backbone", "hf:org/tiny")).toEqual([
      2,
      "",
      expect.stringMatching(/^taskhead: <train> wants hf:org\/name, with @revision/),
    ]);
  });

  const refused = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  };

  it("is refused in a line", async () => {
    expect(await refused(push({ name: "others/x" }))).toMatch(
      /^the model hf:others\/x cannot be made with this HF_TOKEN \(403/,
    );
    hub.add("model", "me/public", {});
    expect(await refused(push({ name: "me/public", private: true }))).toMatch(
      /^the model hf:me\/public is public already, and --private/,
    );
    vi.stubEnv("HF_TOKEN", "");
    expect(await refused(push())).toMatch(
      /^push wants a token that may write; take one from .*settings\/tokens, and set HF_TOKEN/,
    );
    vi.stubEnv("HF_TOKEN", "hf_reads");
    expect(await refused(push())).toMatch(/with this HF_TOKEN \(401/);
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect(await refused(push())).toMatch(/^HF_HUB_OFFLINE forbids to push; unset it$/);
    await expect(findModel(root)).rejects.toThrow(
      /holds no exported model \(model\/taskhead\.json\); give the --out folder/,
    );
  });

  it("uploads nothing that was changed since", async () => {
    const file = join(root, "run", "model", "config.json");
    const before = await readFile(file);
    await writeFile(file, "{}");
    hub.asked.length = 0;
    expect(await refused(push())).toMatch(/config\.json is not what taskhead exported/);
    expect(hub.asked).toEqual([]);
    await writeFile(file, before);
  });
});
