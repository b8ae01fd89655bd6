import type { OnProgress } from "@taskhead/core/internals";

/** Who hears of a run, and who may stop it. */
export interface Listener {
  onProgress?: OnProgress;
  signal?: AbortSignal;
}
