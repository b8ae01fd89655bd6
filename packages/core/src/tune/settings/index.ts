/**
 * What decides a tuning: every setting once, with its kind, default and words. Cheap to import, as a command line reads
 * it before it does anything. Read settings.ts, then table.ts.
 */
export { defaultsOf, entriesOf, groups, isFlag, otherwise, type Entry, type Table, type Unless } from "./entry.js";
export { phrase } from "../../given/words.js";
export { inPrograms, SettingError, type Naming, type Words } from "./errors.js";
export { identityOf, plainValues, type Identity } from "./identity.js";
export {
  classWeights,
  flag,
  list,
  number,
  oneOf,
  someOf,
  text,
  triple,
  wants,
  whole,
  wordOr,
  type ClassWeights,
  type Kind,
  type ListWords,
  type Reading,
} from "./kinds.js";
export type { Range } from "../../given/wanted.js";
export { weightsInOrder } from "./class-weights.js";
export { checked, parsed } from "./read.js";
export { optionsOfMethod, trainingOptions } from "../../finetune/method-options.js";
export { methods, type Method, type MethodName } from "../../finetune/methods.js";
export type { Settings } from "./settings.js";
export { refuseTraining, settle } from "./settle.js";
export { settingTable } from "./table.js";
