import { zipSync } from "fflate";
import { expect, test } from "vitest";
import type { PlacedFile } from "./placed-file.js";
import { unzipped, zipped } from "./zip.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const asFile = (content: Uint8Array): PlacedFile => ({
  path: "/a.zip",
  file: new Blob([content as Uint8Array<ArrayBuffer>]),
});
const textsIn = async (content: Uint8Array): Promise<[path: string, text: string][]> =>
  Promise.all((await unzipped(asFile(content))).map(async ({ path, file }) => [path, await file.text()]));

const long = "one ".repeat(1000);
const packed = zipSync({ "a/": new Uint8Array(0), "a/1.txt": bytes(long), "b/2.txt": [bytes("two"), { level: 0 }] });

test("files come out of a zip where they were, and folders are none", async () => {
  expect(await textsIn(packed)).toEqual([
    ["a/1.txt", long],
    ["b/2.txt", "two"],
  ]);
});

test("what was packed is unpacked", async () => {
  const content = await zipped(
    new Map([
      ["onnx/model.onnx", bytes("weights")],
      ["config.json", bytes("{}")],
    ]),
  );
  const files = await textsIn(content);
  expect(files.map(([path]) => path).sort()).toEqual(["config.json", "onnx/model.onnx"]);
});

test("names are UTF-8 where they can be, whatever the zip says of them, else of code page 437", async () => {
  const named = zipSync({ "ä/1.txt": bytes("one") });
  // The bit that says so, of the file and in the directory.
  const unsaid = named.map((byte, i) => (byte === 8 && [7, directoryOf(named) + 9].includes(i) ? 0 : byte));
  expect(await textsIn(unsaid)).toEqual([["ä/1.txt", "one"]]);
  const old = zipSync({ "\u0084/1.txt": bytes("one") });
  expect(old.filter((byte) => byte === 0x84).length).toBe(2);
  const shorter = Uint8Array.from(unsaidName(old));
  expect(await textsIn(shorter)).toEqual([["äx/1.txt", "one"]]);
});

test("what is no zip, damaged, cut short or encrypted is said to be so, by its name", async () => {
  const fault = (content: Uint8Array) =>
    unzipped(asFile(content)).then(
      () => "none",
      (error: Error) => error.message,
    );
  expect(await fault(bytes("not a zip at all"))).toBe("a.zip is no zip, or is cut short; fetch or pack it again");
  expect(await fault(new Uint8Array(0))).toBe("a.zip is empty; fetch or pack it again");
  expect(await fault(packed.subarray(0, packed.length - 30))).toContain("a.zip is no zip, or is cut short");
  const gap = Uint8Array.from([...packed.subarray(0, 40), ...packed.subarray(60)]);
  expect(await fault(gap)).toBe("a/1.txt in a.zip is damaged or cut short; fetch or pack the zip again");
  // Of the content that is only stored, a byte.
  const place = new TextDecoder("latin1").decode(packed).indexOf("two");
  const other = packed.map((byte, i) => (i === place ? byte + 1 : byte));
  expect(await fault(other)).toBe("b/2.txt in a.zip is damaged or cut short; fetch or pack the zip again");
  const broken = packed.map((byte, i) => (i > 70 && i < 76 ? 0x55 : byte));
  expect(await fault(broken)).toContain("a/1.txt in a.zip is damaged");
  const locked = packed.map((byte, i) => (i === directoryOf(packed) + 8 + 46 + 2 ? byte | 1 : byte));
  expect(await fault(locked)).toBe("a.zip is encrypted (a/1.txt); unpack it, and give the folder that comes of it");
});

test("what unpacks to more than the zip says is not unpacked", async () => {
  const bomb = Uint8Array.from(zipSync({ "a.txt": bytes("0".repeat(1e6)) }));
  const view = new DataView(bomb.buffer);
  for (const size of [22, directoryOf(bomb) + 24]) view.setUint32(size, 10, true);
  await expect(unzipped(asFile(bomb))).rejects.toThrow("a.txt in a.zip is damaged or cut short");
});

/** Where the directory begins. */
function directoryOf(content: Uint8Array): number {
  return new DataView(content.buffer, content.byteOffset).getUint32(content.length - 6, true);
}

/** `Â\x84` is how UTF-8 has that letter: as code page 437 has it, with an x for the other byte. */
function unsaidName(content: Uint8Array): number[] {
  const found = [...content].flatMap((byte, i) => (byte === 0xc2 && content[i + 1] === 0x84 ? [i] : []));
  const flags = [7, directoryOf(content) + 9];
  return [...content].map((byte, i) => {
    if (found.includes(i)) return 0x84;
    if (found.includes(i - 1)) return "x".charCodeAt(0);
    return flags.includes(i) ? 0 : byte;
  });
}
