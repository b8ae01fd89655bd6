import { expect, test } from "vitest";
import { crc32, crc32c } from "./crc32.js";

const digits = new TextEncoder().encode("123456789");
const upTo32 = Uint8Array.from({ length: 32 }, (_, i) => i);

test("CRC-32C is that of RFC 3720, appendix B.4", () => {
  expect(crc32c(digits)).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(upTo32)).toBe(0x46dd794e);
  expect(crc32c(upTo32.toReversed())).toBe(0x113fdb5c);
});

test("CRC-32 is that of zlib and Ethernet, by its check value", () => {
  expect(crc32(digits)).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
});
