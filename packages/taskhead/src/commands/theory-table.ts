import { list, number, otherwise, whole, type Kind, type Table } from "@taskhead/core/settings";
import { optionTable, select } from "../options/table.js";
import type { TheoryReport } from "../report/theory/index.js";

/** What is asked of a theory, as given. */
export interface TheoryAsked extends Omit<TheoryReport["options"], "span" | "seeds" | "scales"> {
  span?: number;
  scale?: number[];
  /** Not `seeds`: that is a list elsewhere, and this a number of them. */
  tasks: number;
  out: string;
  json: boolean;
  verbose: boolean;
}

/** As `theory.run` has it. */
const longestHead = 1000;

const size = whole({ from: 1, to: 1000 });

/** A time of head probing; its end is infinite. */
const time: Kind<number> = {
  ...number({ from: 0 }),
  parse: (text) => (text === "inf" ? { value: Infinity } : number({ from: 0 }).parse(text)),
  text: tauText,
};

const times = list(
  time,
  { text: "numbers from 0, or inf, separated by commas, such as 0,0.5,4,inf", values: "a list of numbers from 0" },
  (values) => [...new Set(values)].sort((a, b) => a - b),
);

/** The options of `theory`. */
export const theoryTable: Table<TheoryAsked> = {
  d: { kind: size, default: 40, says: "inputs", group: "Model" },
  h: { kind: size, default: 5, says: "features", group: "Model" },
  n: { kind: size, default: 20, says: "training samples, fewer than inputs", group: "Model" },
  k: { kind: size, default: 1, says: "outputs", group: "Model" },
  span: {
    kind: size,
    otherwise: "half of --n",
    says: "dimension that the training inputs fill",
    group: "Model",
  },
  angle: {
    kind: number({ from: 0, to: 90 }),
    default: 30,
    says: "how far the pretrained features are off: 0 perfect, 90 unrelated",
    group: "Model",
    placeholder: "degrees",
  },
  headNorm: {
    kind: number({ from: 0, to: longestHead }),
    default: 0.5,
    says: "norm of the random head, in norms of the true head",
    group: "Model",
    placeholder: "r",
  },
  ood: {
    kind: number({ above: 0 }),
    default: 1,
    says: "standard deviation of test inputs off the training span; in it they have 1",
    group: "Model",
    placeholder: "s",
  },
  taus: {
    kind: times,
    default: [0, 0.5, 1, 2, 4, 8, 16, 32, 64, Infinity],
    says: "times of head probing to fine-tune from; inf is to its end",
    group: "Model",
  },
  scale: {
    kind: list(number({ from: 0, to: longestHead }), {
      text: `numbers from 0 to ${longestHead} separated by commas, such as 0.25,0.5,1`,
      values: `a list of numbers from 0 to ${longestHead}`,
    }),
    otherwise: "none",
    says: "also fine-tune from the fully probed head times each of these: one direction, several energies",
    group: "Model",
  },
  tasks: {
    kind: whole({ from: 1, to: 10_000 }),
    default: 20,
    says: "tasks to draw and average over",
    group: "Model",
  },
  ...select(optionTable, ["json", "verbose"]),
  out: otherwise(optionTable.out, { default: "taskhead-theory" }, "folder for theory.html and theory.json"),
};

/** A tau as `--taus` takes it. */
export function tauText(tau: number): string {
  return tau === Infinity ? "inf" : String(tau);
}
