import { rows } from "../data/cached-values.js";
import { range } from "../data/range.js";
import { pickTargets, targetCount, unitCount, unitsOf, type Targets } from "../data/targets.js";
import type { Measured, Meter, Objective, Outputs, OutputScore, Score } from "./objective.js";

/** The objective's own meter, or one that keeps all outputs, which of vectors are few. */
export function meterOf(objective: Objective, targets: Targets): Meter {
  return objective.meter?.(targets) ?? new KeepingMeter(objective, targets);
}

/** A whole set at once. */
export function metered(objective: Objective, outputs: Outputs, targets: Targets): Meter {
  const meter = meterOf(objective, targets);
  meter.add(range(0, targetCount(targets)), outputs);
  return meter;
}

/** Keeps the logits of all samples, [N, k], or of all their units, for what can only be said of them together, such as ranks. */
export class KeepingMeter implements Meter {
  #logits = new Float32Array(0);
  #activated: Float32Array | undefined;

  constructor(
    private readonly objective: Objective,
    private readonly targets: Targets,
  ) {}

  add(indices: readonly number[], { logits, activated }: Outputs): void {
    const units = unitsOf(this.targets, indices);
    const width = logits.length / units.length;
    const size = unitCount(this.targets) * width;
    if (logits.length === size && areConsecutive(units)) {
      this.#logits = new Float32Array(logits);
      this.#activated = activated && new Float32Array(activated);
      return;
    }
    if (this.#logits.length === 0) {
      this.#logits = new Float32Array(size);
      if (activated) this.#activated = new Float32Array(size);
    }
    keep(this.#logits, units, logits, width);
    if (activated && this.#activated) keep(this.#activated, units, activated, width);
  }

  /** [N, k] */
  outputs(): { logits: Float32Array; activated?: Float32Array } {
    return { logits: this.#logits, ...(this.#activated ? { activated: this.#activated } : {}) };
  }

  measured(): Measured {
    return this.objective.measure(this.outputs(), this.targets);
  }

  score(): Score {
    return this.objective.score(this.outputs(), this.targets);
  }

  scoreOf(chosen: readonly number[]): Score {
    const width = this.#logits.length / unitCount(this.targets);
    const logits = rows(this.#logits, width, unitsOf(this.targets, chosen));
    return this.objective.score({ logits }, pickTargets(this.targets, chosen));
  }

  each(): readonly OutputScore[] | undefined {
    return this.objective.each?.(this.outputs(), this.targets);
  }
}

function keep(into: Float32Array, indices: readonly number[], rows: ArrayLike<number>, width: number): void {
  if (areConsecutive(indices)) return into.set(rows, indices[0]! * width);
  indices.forEach((index, row) => {
    for (let i = 0; i < width; i++) into[index * width + i] = rows[row * width + i]!;
  });
}

function areConsecutive(indices: readonly number[]): boolean {
  const first = indices[0];
  if (first === undefined) return false;
  for (let i = 1; i < indices.length; i++) if (indices[i] !== first + i) return false;
  return true;
}
