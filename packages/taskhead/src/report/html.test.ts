import { expect, test } from "vitest";
import { htmlPage, section } from "./html.js";

test("names that would turn a page's letters round are shown as what they are", () => {
  const sections = [section("x", "Images", "photo\u202egnp.exe 日本 é\n")];
  const page = htmlPage({ title: "a\u2066b\u0000c", taus: 1, version: "1", createdAt: "", sections });
  expect(page).toContain("photo\\u202egnp.exe 日本 é\n");
  expect(page).toContain("<title>taskhead: a\\u2066b\\u0000c</title>");
  expect(page).not.toMatch(/\p{Bidi_Control}/u);
});
