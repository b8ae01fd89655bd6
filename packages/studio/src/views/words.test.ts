import { expect, test } from "vitest";
import { onPage, sentence } from "./words.js";

test("messages name what the page has, no flags", () => {
  expect(onPage("x.csv has several columns ('a', 'b'); name one with --text, or two of pairs with --text a,b")).toBe(
    "x.csv has several columns ('a', 'b'); name one with “Texts in”",
  );
  expect(onPage("name one with --label")).toBe("name one with “Classes in”");
  expect(onPage("name one with --columns", "multi-label")).toBe("name one with “Labels in”");
  expect(onPage("give --task token-classification, or name other columns with --text and --label")).toBe(
    "take the task of tags of words, or name other columns with “Texts in” and “Classes in”",
  );
  expect(onPage("are numbers with fractions: if they are measured, give --task regression")).toBe(
    "are numbers with fractions: if they are measured, take the task of regression",
  );
  expect(onPage("both need the same classes, or --task regression if these numbers are measured")).toBe(
    "both need the same classes, or the task of regression if these numbers are measured",
  );
  expect(onPage("name others with --smiles and --label")).toBe("name others with “SMILES in” and “Classes in”");
  expect(onPage("of x.csv (others are named with --smiles and --columns)")).toBe("of x.csv (others can be chosen)");
  expect(
    onPage("as their own 9×9 has more than 4 times as many pixels (from --size 5x5 on they are learnt as they are)"),
  ).toBe("as their own 9×9 has more than 4 times as many pixels");
  expect(onPage("name it with --text, or with --label", "token-classification")).toBe(
    "name it with “Words in”, or with “Tags in”",
  );
  expect(onPage("of x.csv (others are given with --text and --label)")).toBe("of x.csv (others can be chosen)");
  expect(onPage("has no second 'who'; leave --group out, or give others to validate on with --val")).toBe(
    "has no second 'who'; choose none, or give others to validate on",
  );
  expect(onPage("has no column 'who'; add it, or name another with --group")).toBe(
    "has no column 'who'; add it, or choose another",
  );
  expect(onPage("of g.jsonl (others are named with --label)")).toBe("of g.jsonl (others can be chosen)");
});

test("what models are refused for names what the page can do about it", () => {
  expect(onPage("the model takes images of 32×32 (height×width) only; use option size 32 instead of 224×224")).toBe(
    "the model takes images of 32×32 (height×width) only; set “Picture size” to 32 instead of 224×224",
  );
  expect(
    onPage(
      "this operator has no gradient; give it one (option `operators`), or train only what comes after it; it lies on",
    ),
  ).toBe("this operator has no gradient; take another model; it lies on");
  expect(onPage("is not supported; give rules for it (option `operators`), or export the model without it")).toBe(
    "is not supported; export the model without it, or take another",
  );
});

test("a message is a sentence, and a file's name stays as it is", () => {
  expect(sentence("there are no files; give some")).toBe("There are no files; give some.");
  expect(sentence("cut.zip is no zip.")).toBe("cut.zip is no zip.");
  expect(sentence("minilm-l6: it takes texts")).toBe("minilm-l6: it takes texts.");
});
