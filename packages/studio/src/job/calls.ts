/** Calls from a page to its worker: a name, arguments, events while it runs, and what comes of it. */

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly id: number; readonly lost: string };

/** What a worker does: each takes its arguments and a listener for events. */
export type Methods = Readonly<Record<string, (args: never, onEvent: never) => Promise<unknown>>>;

type ArgsOf<M> = M extends (args: infer A, onEvent: never) => unknown ? A : never;
type EventOf<M> = M extends (args: never, onEvent: (event: infer E) => void) => unknown ? E : never;
type ResultOf<M> = M extends (args: never, onEvent: never) => Promise<infer R> ? R : never;

/** The device that a worker computes on was lost: nothing more comes of this worker, and another goes on. */
export class LostError extends Error {
  override readonly name = "LostError";
}

/** A worker that was stopped while it worked. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
  constructor() {
    super("stopped");
  }
}

/** What is asked of a worker. */
export interface Called {
  postMessage(call: Call): void;
  terminate(): void;
  onmessage: ((event: { readonly data: Answer }) => void) | null;
  onerror: ((event: { readonly message: string }) => void) | null;
}

/** The worker from the page's side. It can be stopped at any time, and the next call starts another. */
export class Caller<M extends Methods> {
  #worker: Called | undefined;
  #next = 0;
  readonly #open = new Map<number, { onEvent: (event: never) => void; done: (answer: Answer) => void }>();

  constructor(private readonly start: () => Called) {}

  call<K extends keyof M & string>(
    method: K,
    args: ArgsOf<M[K]>,
    onEvent: (event: EventOf<M[K]>) => void = () => undefined,
  ): Promise<ResultOf<M[K]>> {
    const worker = (this.#worker ??= this.#begin());
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const done = (answer: Answer): void => {
        this.#open.delete(id);
        if ("lost" in answer) reject(new LostError(answer.lost));
        else if ("error" in answer) reject(answer.error === "stopped" ? new StoppedError() : new Error(answer.error));
        else if ("result" in answer) resolve(answer.result as ResultOf<M[K]>);
      };
      this.#open.set(id, { onEvent: onEvent as (event: never) => void, done });
      worker.postMessage({ id, method, args: [args] } satisfies Call);
    });
  }

  /** At once, whatever it is doing: what it has kept is enough to go on. */
  stop(): void {
    this.#fail("stopped");
  }

  #begin(): Called {
    const worker = this.start();
    worker.onmessage = ({ data }) => {
      const call = this.#open.get(data.id);
      if ("event" in data) call?.onEvent(data.event as never);
      else if ("lost" in data) this.#end((id) => ({ id, lost: data.lost }));
      else call?.done(data);
    };
    // A worker that ran out of memory, or lost its GPU, says nothing more.
    worker.onerror = (event) =>
      this.#fail(`the worker failed (${event.message || "out of memory?"}); go on to try again`);
    return worker;
  }

  #fail(error: string): void {
    this.#end((id) => ({ id, error }));
  }

  #end(answer: (id: number) => Answer): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const [id, { done }] of this.#open) done(answer(id));
  }
}
