import type { Tau } from "../probe/taus.js";

/** A way of adapting a pretrained backbone: all begin with head probing, of whatever length, and differ in what follows. */
export interface Method {
  /** In words, for tables. */
  readonly title: string;
  /** The one tau that makes it this method; undefined where it is the user's to choose. */
  readonly tau?: Tau;
  /** What is trained after probing, together with the head. */
  readonly trains: "backbone" | "biases and norms" | "low-rank updates" | "side network" | "nothing";
  /** How, where it is not all of it alike from the first step on. */
  readonly how?: "held near its start" | "from the last block down";
}

/** The method of Ren et al. (2023) and the baselines beside it. */
export const methods = {
  "hp-ft": { title: "head probing, then fine-tuning", trains: "backbone" },
  ft: { title: "direct fine-tuning", tau: 0, trains: "backbone" },
  lp: { title: "linear probing alone", tau: "converged", trains: "nothing" },
  /** Kumar et al. 2022: a head with the L2 penalty that validation chose, as `converged` is */
  "lp-ft": { title: "converged probing, then fine-tuning", tau: "converged", trains: "backbone" },
  /** Li, Grandvalet and Davoine 2018; `aroundStart` */
  "l2-sp": { title: "head probing, then L2-SP", trains: "backbone", how: "held near its start" },
  /** Ben Zaken, Goldberg and Ravfogel 2022; its backbone is one from `bitFit` */
  bitfit: { title: "head probing, then BitFit", trains: "biases and norms" },
  /** Hu et al. 2022; its backbone is one from `withLora` */
  lora: { title: "head probing, then LoRA", trains: "low-rank updates" },
  /** Howard and Ruder 2018; `unfreezing` */
  gradual: { title: "head probing, then gradual unfreezing", trains: "backbone", how: "from the last block down" },
  /** Zhang et al. 2020; its backbone is one from `sideTuned` */
  side: { title: "side-tuning", trains: "side network" },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
