import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (name: string, file = "index.ts") =>
  fileURLToPath(new URL(`packages/${name}/src/${file}`, import.meta.url));

/** Tests that put something in place of a module, which no other file may see. */
const replacing = ["packages/taskhead/src/files/atomic.test.ts", "packages/taskhead/src/terminal/progress.test.ts"];

export default defineConfig({
  resolve: {
    alias: {
      "@taskhead/autograd": source("autograd"),
      "@taskhead/core/internals": source("core", "internals.ts"),
      "@taskhead/core/settings": source("core", "tune/settings/index.ts"),
      "@taskhead/core": source("core"),
      "taskhead/report": source("taskhead", "report/index.ts"),
    },
  },
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    globalSetup: "./scripts/temporary-folder.ts",
    reporters: ["default", "./scripts/summary-reporter.ts"],
    projects: [
      // A process loads core and the runtime once for many files: a third of the time in all.
      {
        extends: true,
        test: { name: "shared", include: ["packages/*/src/**/*.test.ts"], exclude: replacing, isolate: false },
      },
      { extends: true, test: { name: "replacing", include: replacing } },
    ],
  },
});
