/** Training produced a loss that is not a finite number, or far above where it began. A lower learning rate is the usual remedy. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
  constructor(
    readonly loss: number,
    /** Steps taken, this one included. */
    readonly step: number,
    /** From 1; unknown to the trainer, filled in by the loop that counts epochs. */
    readonly epoch?: number,
    /** What is not finite, or too large. */
    readonly what: "loss" | "gradients" = "loss",
  ) {
    const place = epoch === undefined ? `step ${step}` : `epoch ${epoch} (step ${step})`;
    super(
      what === "loss"
        ? `the loss became ${loss} in ${place}: training diverged; lower the learning rate`
        : `the gradients are beyond float16's range in ${place}, whatever scale the loss has; lower the learning rate, or train in float32`,
    );
  }

  /** The same error with the epoch in which it happened. */
  inEpoch(epoch: number): DivergedError {
    return new DivergedError(this.loss, this.step, epoch, this.what);
  }
}

/** The runtime does not take a model, or cannot compute it. The message is one line; what the runtime threw is the cause. */
export class RuntimeError extends Error {
  override readonly name = "RuntimeError";

  /** Of what opening a session threw, or running it. The runtime's own words name the node. */
  constructor(cause: unknown) {
    const whole = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ").trim();
    const said = whole.replace(sourcePlace, "");
    const short = said.length > longest ? `${said.slice(0, longest - 1)}…` : said;
    super(
      isOutOfMemory(said)
        ? `memory is short for the model (${short}); use a smaller option batch or option size, or a smaller model`
        : `the runtime refuses the model: ${short.replace(/[.;,\s]+$/, "")}; ${remedyOf(said)}`,
      { cause },
    );
  }
}

function remedyOf(said: string): string {
  return /could not find an implementation/i.test(said)
    ? "it computes few operators in float64 and other rare types: export the model in float32, or take another"
    : "export the model again, or take another";
}

/** A place in the runtime's own source, with the function there: it says nothing of the model. */
const sourcePlace = /\S*\/onnxruntime\/\S+\.(cc|h):\d+ .*?\) (?=[A-Z])/;

/** Of what the runtime said: as much as is still read. */
const longest = 300;

/** Whether an error, by its message, is that memory could not be had. */
export function isOutOfMemory(message: string): boolean {
  return /bad.?alloc|failed to allocate|out of memory|allocation failed/i.test(message);
}
