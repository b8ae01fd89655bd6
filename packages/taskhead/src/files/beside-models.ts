import { textFiles } from "@taskhead/core/internals";

/** What is read beside a model, as far as it is there: how it is fed, and what it gives. */
export const besideModels: readonly string[] = [
  "config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "taskhead.json",
  ...textFiles.filter((name) => name !== "config.json"),
];
