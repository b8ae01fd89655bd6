import { methods, type Method } from "../finetune/methods.js";
import { optionsOfMethod, trainingOptions } from "../finetune/method-options.js";
import type { Action, Change } from "./advice.js";
import type { Asked } from "./asked.js";

/** Of a change, with those of the run's own options that would be refused beside it, which are to be left out. */
export function beside(change: Change, asked: Asked): Action {
  const inTheWay = new Set<string>(excludedBy(change, asked));
  const without = asked.given.filter((name) => inTheWay.has(name));
  return without.length > 0 ? { ...change, without } : change;
}

function excludedBy(change: Change, { method, given }: Asked): readonly string[] {
  const { tau }: Method = methods[method];
  // A method that is made by its tau has no other.
  const ofMethod = tau === undefined ? [] : ["method"];
  switch (change.option) {
    case "taus":
      return [...ofMethod, "starts", ...(change.value.length > 1 ? ofEnergies : [])];
    case "starts":
      return [...ofMethod, "taus", ...ofEnergies];
    case "method":
      return ["taus", ...ofEnergies, ...trainingOptions, ...ofFineTuning(given)];
    // But for temperature, what brings a head to an energy needs one that has one optimum.
    case "head":
    case "reinitBlocks":
      return given.includes("energyBy") ? ofEnergies : [];
    default:
      return [];
  }
}

const ofEnergies = ["energy", "energyBy"];

/** Of other methods, and of steps that nothing takes any more: heads are probed by sgd unless another optimizer is asked for. */
function ofFineTuning(given: readonly string[]): readonly string[] {
  const momentum = given.includes("probeOptimizer") ? ["momentum"] : [];
  return ["augment", "side", ...Object.values(optionsOfMethod).flat(), ...momentum];
}

/** Whether a head of another kind, or blocks that start afresh, can be asked for beside it. */
export function bears({ method, given }: Asked, option: "head" | "reinitBlocks"): boolean {
  if (option === "head") return !given.includes("from");
  return method !== "side" && method !== "lora" && !given.includes("reinitDecoder");
}
