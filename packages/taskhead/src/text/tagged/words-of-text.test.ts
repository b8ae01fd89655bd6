import { expect, test } from "vitest";
import { placedWords, wordsOfText } from "./words-of-text.js";

test("raw text has words of letters, digits and marks, and every other character by itself", () => {
  const text = "Zoë's e-mail:  🙂 naïve३ (#2)\nÜ.";
  const words = wordsOfText(text);
  expect(words.map((word) => word.text)).toEqual("Zoë ' s e - mail : 🙂 naïve३ ( # 2 ) Ü .".split(" "));
  for (const { text: word, start, end } of words) expect(text.slice(start, end)).toBe(word);
  expect(wordsOfText(" \n")).toEqual([]);
});

test("words that are given one by one lie in the text that joins them", () => {
  const words = ["New York", "🙂", "x"];
  const text = words.join(" ");
  for (const { text: word, start, end } of placedWords(words)) expect(text.slice(start, end)).toBe(word);
});
