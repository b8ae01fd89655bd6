import { expect, test } from "vitest";
import { onPage } from "./words.js";

test("messages name what the page has, no flags", () => {
  expect(onPage("x.csv has several columns ('a', 'b'); name one with --text, or two of pairs with --text a,b")).toBe(
    "x.csv has several columns ('a', 'b'); name one with “Texts in”",
  );
  expect(onPage("name one with --label")).toBe("name one with “Classes in”");
  expect(onPage("name one with --columns", "multi-label")).toBe("name one with “Labels in”");
  expect(onPage("give --task token-classification, or name other columns with --text and --label")).toBe(
    "taskhead tune --task token-classification learns them, a tab does not; name other columns with “Texts in” and “Classes in”",
  );
  expect(onPage("of x.csv (others are named with --text and --label)")).toBe("of x.csv (others can be chosen)");
});
