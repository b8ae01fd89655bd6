import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

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
      "echarts/dist/echarts.esm.min": fileURLToPath(new URL("src/report/echarts.ts", import.meta.url)),
      "node:path": fileURLToPath(new URL("src/report/path.ts", import.meta.url)),
    },
  },
  worker: { format: "es" },
  build: {
    outDir: fileURLToPath(new URL("../taskhead/dist/studio-page", import.meta.url)),
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
