import { list, settingTable, wants, type Kind } from "@taskhead/core/settings";

const listed = list(
  settingTable.seed.kind,
  { text: "whole numbers from 0 separated by commas, such as 0,1,2", values: "a list of whole numbers from 0" },
  (values) => (values.length > 0 ? [...new Set(values)] : undefined),
);

/** Seeds, each once. One number alone may be meant as their count: a single seed is written with a comma, `5,`. */
export const seedList: Kind<number[]> = {
  ...listed,
  parse(text) {
    if (/^\s*\d+\s*$/.test(text)) {
      const seed = text.trim();
      return {
        wrong: `${seed} could be ${seed} seeds or the seed ${seed}: give 0,1,2 for three seeds, or ${seed}, with a comma for that one`,
      };
    }
    const reading = listed.parse(text.replace(/,\s*$/, ""));
    return "value" in reading ? reading : wants(listed.wants, text);
  },
  text: (value) => (value.length === 1 ? `${value[0]},` : listed.text(value)),
};
