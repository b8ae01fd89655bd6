import { Header, type HeaderData } from "tar/header";
import { Pax } from "tar/pax";
import { expect, test } from "vitest";
import { paxAttributes, tarHeader } from "./tar-header.js";

/** As another writer makes it. */
function block(data: HeaderData): Buffer {
  const bytes = Buffer.alloc(512);
  new Header({ mode: 0o644, mtime: new Date(0), ...data }).encode(bytes);
  return bytes;
}

const deep = `${"folder/".repeat(18)}1.jpg`;

test("a header is as node-tar writes it, with long names and large sizes", () => {
  const file = (data: HeaderData) => tarHeader(block({ type: "File", size: 3, ...data }));
  expect(file({ path: "a/1.jpg" })).toEqual({ name: "a/1.jpg", size: 3, type: "file" });
  expect(file({ path: deep })?.name).toBe(deep);
  // More than eleven octal digits say.
  expect(file({ path: "large", size: 2 ** 40 })?.size).toBe(2 ** 40);
  expect(file({ path: "a/", type: "OldFile" })).toEqual({ name: "a/", size: 0, type: "directory" });
  const others = ["Directory", "SymbolicLink", "ExtendedHeader", "NextFileHasLongPath"] as const;
  expect(others.map((type) => file({ path: "a", type })?.type)).toEqual(["directory", "other", "pax", "long name"]);
});

test("what has another checksum than its own, or is cut short, is none", () => {
  const sound = block({ path: "1.jpg", size: 1, type: "File" });
  expect(tarHeader(sound)).toBeDefined();
  for (const at of [0, 130, 511]) {
    const wrong = Buffer.from(sound);
    wrong[at]! ^= 1;
    expect(tarHeader(wrong)).toBeUndefined();
  }
  expect(tarHeader(sound.subarray(0, 511))).toBeUndefined();
});

test("attributes of pax are as node-tar writes them, and break nothing where they are none", () => {
  const path = "zoë/\u{1f600} =\n2.png";
  const written = new Pax({ path, size: 12, mtime: new Date(1000) }).encodeBody();
  const bytes = new TextEncoder().encode(written);
  expect(paxAttributes(bytes)).toEqual({ path, size: 12 });
  expect(paxAttributes(bytes.subarray(0, -1))).not.toHaveProperty("uname");
  for (const text of ["", "0 \n", "3 a", "99 path=a\n", "9 path=a\nx", "path=a\n", "12 size=-1\n", "8 a=b\n"])
    expect(paxAttributes(new TextEncoder().encode(text)).size).toBeUndefined();
});
