import type { ProbedRule } from "../rule.js";

/** Whether there are samples that no choice has seen. */
export const testRules: readonly ProbedRule[] = [
  {
    id: "test-set",
    source: "Choosing in practice",
    when: ({ test }) => test === null,
    action: () => ({ option: "test" }),
    numbers: () => ({}),
  },
  {
    id: "test-seen",
    source: "Choosing in practice",
    when: ({ test }) => test !== null && test.seen > 0,
    action: () => ({ option: "test" }),
    numbers: ({ test }) => ({ seen: test!.seen, samples: test!.samples }),
  },
];
