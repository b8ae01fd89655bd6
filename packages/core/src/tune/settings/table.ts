import { precisions } from "../../finetune/precisions.js";
import { methods, type MethodName } from "../../finetune/methods.js";
import { scheduleKinds } from "../../finetune/schedule.js";
import { usualClipNorm } from "../../finetune/clip-norm.js";
import type { groups, Table } from "./entry.js";
import { bound, classWeights, flag, number, oneOf, place, rate, someOf, taus, text, whole } from "./kinds.js";
import type { Settings } from "./settings.js";

/** Every setting of a tuning. */
export const settingTable: Table<Settings, (typeof groups)[number]> = {
  valFraction: {
    kind: number({ above: 0, below: 1 }),
    default: 0.2,
    says: "part of the training samples to validate on, where there are no others",
    group: "Data",
    placeholder: "f",
  },
  task: {
    kind: oneOf(["classification", "multi-label", "regression"]),
    default: "classification",
    says: "what is learnt: one class of several, several labels each yes or no, or numbers",
    group: "Task",
  },
  huber: {
    kind: number({ above: 0 }),
    otherwise: "squared error",
    says: "in regression, errors beyond this many standard deviations of the targets count in proportion (Huber)",
    group: "Task",
  },
  features: {
    kind: text("the name of a tensor"),
    otherwise: "the input of the last linear layer",
    says: "tensor to take as features",
    group: "Backbone",
  },
  reinitBlocks: {
    kind: whole({ from: 0 }),
    default: 0,
    says: "start the backbone's last k blocks afresh and probe them with the head",
    group: "Backbone",
    placeholder: "k",
  },
  head: {
    kind: oneOf(["linear", "mlp"]),
    default: "linear",
    says: "linear or mlp",
    group: "Head",
    placeholder: "kind",
  },
  headWidth: {
    kind: whole({ from: 1 }),
    otherwise: "as many as features",
    says: "hidden units of an mlp head",
    group: "Head",
  },
  headDepth: {
    kind: whole({ from: 1 }),
    default: 1,
    says: "hidden layers of an mlp head",
    group: "Head",
  },
  headActivation: {
    kind: oneOf(["relu", "gelu", "tanh"]),
    default: "relu",
    says: "relu, gelu or tanh, in an mlp head",
    group: "Head",
  },
  headDropout: {
    kind: number({ from: 0, below: 1 }),
    default: 0,
    says: "part of an mlp head's hidden units dropped in steps of probing",
    group: "Head",
    placeholder: "p",
  },
  taus: {
    kind: taus,
    default: "auto",
    says: "epochs of head probing to fine-tune from, such as 0,0.5,8,converged (with the L2 penalty that validation chooses) or converged:0 (without); auto: 0, the last, two between evenly in energy",
    group: "Probing",
  },
  probeEpochs: {
    kind: whole({ from: 1 }),
    otherwise: "64, or the largest of the taus",
    says: "epochs of head probing",
    group: "Probing",
  },
  probeLr: {
    kind: rate,
    default: "auto",
    says: "learning rate of head probing",
    group: "Probing",
  },
  probeLoss: {
    kind: oneOf(["ce", "mse"]),
    default: "ce",
    says: "loss of head probing on classes: ce, cross-entropy, or mse, squared error",
    group: "Probing",
  },
  smoothing: {
    kind: number({ from: 0, below: 1 }),
    default: 0,
    says: "label smoothing in head probing; fine-tuning uses hard labels",
    group: "Probing",
    placeholder: "e",
  },
  method: {
    kind: oneOf(Object.keys(methods) as MethodName[]),
    default: "hp-ft",
    says: `${Object.keys(methods).join(", ")}: what follows head probing`,
    group: "Method",
  },
  freezeUntil: {
    kind: place,
    otherwise: "all is trained",
    says: "train only what comes after: the name of a value, or a number of blocks",
    group: "Method",
  },
  batchnorm: {
    kind: oneOf(["frozen", "train"]),
    default: "frozen",
    says: "frozen: keep its statistics; train: those of the batch, in fine-tuning",
    group: "Method",
    placeholder: "mode",
  },
  epochs: {
    kind: whole({ from: 1 }),
    default: 10,
    says: "epochs of fine-tuning",
    group: "Fine-tuning",
  },
  lr: {
    kind: rate,
    default: "auto",
    says: "learning rate of fine-tuning; auto finds one by range tests, lower for larger heads; where taus are auto too it tries two",
    group: "Fine-tuning",
  },
  headLr: {
    kind: number({ above: 0 }),
    otherwise: "that of the rest",
    says: "learning rate of the head in fine-tuning",
    group: "Fine-tuning",
    placeholder: "rate",
  },
  layerDecay: {
    kind: number({ above: 0, to: 1 }),
    default: 1,
    says: "factor on the learning rate from each block to the one below it",
    group: "Fine-tuning",
    placeholder: "f",
  },
  schedule: {
    kind: oneOf(scheduleKinds),
    otherwise: "cosine for adamw; for sgd constant, linear where the rate is auto",
    says: "of the rate: constant, linear or cosine",
    group: "Schedule",
    placeholder: "kind",
  },
  warmup: {
    kind: number({ from: 0 }),
    otherwise: "0 if constant, else 0.05",
    says: "steps in which the rate climbs, below 1 a fraction of all",
    group: "Schedule",
  },
  optimizer: {
    kind: oneOf(["sgd", "adamw"]),
    default: "sgd",
    says: "sgd or adamw, in fine-tuning",
    group: "Fine-tuning",
  },
  weightDecay: {
    kind: number({ from: 0 }),
    otherwise: "0 for sgd, 0.01 for adamw",
    says: "in fine-tuning; not on biases and norms",
    group: "Fine-tuning",
    placeholder: "w",
  },
  clipNorm: {
    kind: bound,
    default: usualClipNorm,
    says: "clip gradients by their global norm to this, or none",
    group: "Fine-tuning",
  },
  classWeights: {
    kind: classWeights,
    otherwise: "all alike",
    says: "in fine-tuning: balanced, or a weight for each class",
    group: "Fine-tuning",
  },
  patience: {
    kind: whole({ from: 1 }),
    otherwise: "never",
    says: "stop after n epochs in a row without a better validation score",
    group: "Fine-tuning",
  },
  halving: {
    kind: flag,
    default: true,
    says: "of the candidates of auto only the better half trains on, from rung to rung",
    off: "fine-tune all candidates of auto to the last epoch, not the better half from rung to rung",
    group: "Candidates",
  },
  forecast: {
    kind: flag,
    default: false,
    says: "estimate from a few steps how far each run will move the features",
    group: "Candidates",
  },
  batch: {
    kind: whole({ from: 1 }),
    default: 64,
    says: "samples per step",
    group: "Both stages",
  },
  momentum: {
    kind: number({ from: 0, below: 1 }),
    default: 0.9,
    says: "momentum of sgd",
    group: "Both stages",
    placeholder: "m",
  },
  seed: {
    kind: whole({ from: 0, to: 2 ** 31 - 1 }),
    default: 0,
    says: "seed of the head, the split and the order of batches",
    group: "Run",
  },
  export: {
    kind: someOf(precisions),
    default: ["fp32"],
    says: `weights of the exported model and its copies: ${precisions.join()}; fp32 is always written, each is scored on validation`,
    group: "Run",
    decides: false,
  },
};
