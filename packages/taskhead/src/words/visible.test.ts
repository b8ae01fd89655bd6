import { expect, test } from "vitest";
import { visible, visibleLine } from "./visible.js";

test.each([
  ["an escape sequence", "a\u001b[2J\u001b[31mred\u001b]0;t\u0007", "a\\u001b[2J\\u001b[31mred\\u001b]0;t\\u0007"],
  ["a line break and a return", "a\r\nb\tc", "a\\u000d\\u000ab\\u0009c"],
  ["eight-bit controls and delete", "\u009b31m\u007f", "\\u009b31m\\u007f"],
  ["bidirectional marks", "x\u202egnp.exe\u2066\u2069\u200f\u061c", "x\\u202egnp.exe\\u2066\\u2069\\u200f\\u061c"],
  ["what is not seen", "a\u200bb\u00adc\ufeffd\u2060\u3164", "a\\u200bb\\u00adc\\ufeffd\\u2060\\u3164"],
  ["joiners between Latin letters", "a\u200db\u200cc", "a\\u200db\\u200cc"],
  ["tags, beyond the basic plane", "a\u{e0041}", "a\\udb40\\udc41"],
  ["separators of lines, half of a pair", "\u2028\u2029\ud800!", "\\u2028\\u2029\\ud800!"],
])("%s are shown as escapes", (_, text, shown) => {
  expect(visibleLine(text)).toBe(shown);
});

test.each(["é", "日本の猫", "кошка", "👩‍🔬 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇯🇵", "می‌خواهم", "क्‍ष", "a b", "τ = 4 · ‖W‖", "★ ≈ –"])(
  "%s is left as it is",
  (text) => expect(visibleLine(text)).toBe(text),
);

test("lines stay lines, and JSON the JSON that it was", () => {
  expect(visible("a\nb\u001b")).toBe("a\nb\\u001b");
  const value = { "x\u202e": ["\u009b", "\u001b", "é", "\u{e0041}"] };
  expect(JSON.parse(visible(JSON.stringify(value)))).toEqual(value);
});
