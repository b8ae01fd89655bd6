import type { PoolingName } from "../../backbone/pooling-names.js";
import type { ScheduleKind } from "../../finetune/schedule.js";
import type { MethodName } from "../../finetune/methods.js";
import type { Activation } from "../../heads/mlp.js";
import type { HeadStart } from "../../heads/start.js";
import type { ClassMetric } from "../../objectives/class-metrics.js";
import type { ObjectiveName } from "../../objectives/objective.js";
import type { DialWay } from "../../probe/dial-ways.js";
import type { Tau } from "../../probe/taus.js";
import type { Precision, TrainingPrecision } from "../../finetune/precisions.js";
import type { ClassWeights } from "./kinds.js";

/**
 * What decides a tuning, wherever it runs. `settle` makes it of what is given; `auto` and what is undefined are settled
 * once the data are known.
 */
export interface Settings {
  task: ObjectiveName;
  /** What two classes are scored by; accuracy unless given. */
  metric?: ClassMetric;
  /** δ of Huber's loss, in standard deviations of the targets, in place of squared error; for regression. */
  huber?: number;
  /** The part of the training samples to validate on, 0..1, where there are no others. */
  valFraction: number;
  /** The tensor to take as features; the input of the last linear layer unless given. */
  features?: string;
  /** How features per token become one vector a sample; as the model was pretrained unless given. */
  pooling?: PoolingName;
  /** How many of the backbone's last blocks start afresh and are probed with the head. */
  reinitBlocks: number;
  /** Whether the decoder of a network of maps starts afresh, and belongs to the head. */
  reinitDecoder: boolean;
  head: "linear" | "mlp";
  /** How the logits' layer starts; unless given as the framework that the model is of would start it (`headStartFor`). */
  headInit?: HeadStart["kind"];
  /** Hidden units of an mlp; as many as features unless given. */
  headWidth?: number;
  headDepth: number;
  headActivation: Activation;
  /** The probability that a hidden unit is dropped in a step of probing, 0 ≤ p < 1. */
  headDropout: number;
  /** Epochs of head probing to fine-tune from, ascending; `converged` and `converged:0` are optima. */
  taus: "auto" | Tau[];
  /** Energies to bring one probed head to and fine-tune from, falling; they take the place of `taus`, which then says what head. */
  energy?: number[];
  /** What is turned for that; with `energy` alone. */
  energyBy?: DialWay;
  probeEpochs: number;
  probeLr: "auto" | number;
  probeLoss: "ce" | "mse";
  probeOptimizer: "sgd" | "adamw";
  /** Label smoothing ε in probing, 0 ≤ ε < 1. */
  smoothing: number;
  method: MethodName;
  /** The strength of l2-sp's penalty on how far pretrained weights have moved; of no use to other methods. */
  spAlpha?: number;
  /** And of that on the size of the head and whatever else is new. */
  spBeta?: number;
  /** The rank of lora's updates, and α, of which α/rank is their factor; twice the rank unless given. */
  loraRank?: number;
  loraAlpha?: number;
  /** Parts of the names of the linear layers that lora updates; all unless given. */
  loraTargets?: string[];
  /** Epochs until gradual trains every block; as many as blocks, or all epochs, unless given. */
  unfreezeEpochs?: number;
  /** The name of a value, or a number of blocks, below which nothing is trained. */
  freezeUntil?: string | number;
  batchnorm: "frozen" | "train";
  epochs: number;
  lr: "auto" | number;
  /** The learning rate of the head in fine-tuning; that of the rest unless given. */
  headLr?: number;
  /** The factor on the learning rate from each block to the one below it. */
  layerDecay: number;
  optimizer: "sgd" | "adamw";
  weightDecay: number;
  /** The largest global norm of a gradient, in fine-tuning and in the search for its rate. */
  clipNorm: number | "none";
  /** In what fine-tuning computes its products. */
  precision: TrainingPrecision;
  classWeights?: ClassWeights;
  /** Epochs in a row without a better validation score, after which a run ends; it goes on unless given. */
  patience?: number;
  schedule: ScheduleKind;
  /** Below 1 a fraction of all steps, from 1 on a number of steps. */
  warmup: number;
  /** From how many heads `taus: "auto"` fine-tunes. */
  starts: number;
  /** Whether weights are averaged after the search: the runs' with each other, and the best run's with its start. */
  blends: boolean;
  /** Estimate how far each run will move the features, before it. */
  forecast: boolean;
  /** Samples per step. */
  batch: number;
  momentum: number;
  /** Of the head, the split and the order of batches. */
  seed: number;
  /** How the weights of the exported model and of its copies are stored. */
  export: Precision[];
}
