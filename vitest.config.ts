import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (name: string, file = "index.ts") =>
  fileURLToPath(new URL(`packages/${name}/src/${file}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      "@taskhead/autograd": source("autograd"),
      "@taskhead/core/internals": source("core", "internals.ts"),
      "@taskhead/core/settings": source("core", "tune/settings/index.ts"),
      "@taskhead/core": source("core"),
    },
  },
  test: {
    include: ["packages/*/src/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ["default", "./scripts/summary-reporter.ts"],
  },
});
