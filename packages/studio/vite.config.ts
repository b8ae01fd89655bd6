import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { licences } from "../../scripts/studio/licences.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { page, worker } = licences(at("../../LICENSE"), at("licences"));

/** A static site that any host serves, from any folder; what is built goes where `taskhead studio` serves it from. */
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    alias: {
      // In browsers there are no streams of Node's.
      "csv-parse": "csv-parse/browser/esm",
      // The report names files by their paths, and asks Node how.
      // All of ECharts is for Node, where its modules load slowly one by one.
      "echarts/dist/echarts.esm.min": at("src/report/echarts.ts"),
      "node:path": at("src/report/path.ts"),
    },
  },
  plugins: [page],
  worker: { format: "es", plugins: () => [worker()] },
  build: {
    outDir: at("../taskhead/dist/studio-page"),
    emptyOutDir: true,
    target: "es2022",
    // The runtime alone is larger than what is usual for scripts.
    chunkSizeWarningLimit: 4000,
  },
  server: { headers: isolation() },
  preview: { headers: isolation() },
});

/** Threads of WebAssembly need a page that shares its memory with no other. */
function isolation(): Record<string, string> {
  return { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
}
