/** Where results go. A reader that has gone, as in `| head`, is no fault, and nothing more is written for it. */
export interface Output {
  /** @param text shown as it is */
  write(text: string): void;
  /** Waits until all is written. @throws what the system said if it could not be: a full disk */
  end(): Promise<void>;
}

/** @param stream whose errors are taken care of from now on */
export function outputTo(stream: NodeJS.WritableStream): Output {
  let failure: NodeJS.ErrnoException | undefined;
  stream.on("error", (error: NodeJS.ErrnoException) => (failure ??= error));
  return {
    write(text) {
      if (!failure) stream.write(text);
    },
    async end() {
      // Errors come later than the call that they are of.
      if (!failure) await new Promise((resolve) => stream.write("", resolve));
      await new Promise((resolve) => setImmediate(resolve));
      if (failure && !gone.has(failure.code ?? "")) throw failure;
    },
  };
}

/** What a stream says whose reader has gone. */
const gone = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"]);

/** Nobody may be listening to what is said beside the results: the work goes on. */
export function unheeded(stream: NodeJS.WritableStream): void {
  stream.on("error", () => {});
}
