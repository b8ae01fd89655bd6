import { LostError, type Answer, type Call, type Methods } from "./calls.js";

/** Answers calls in a worker. An error is told by its message: it is one line for people. */
export function answerCalls(methods: Methods): void {
  self.onmessage = async ({ data: { id, method, args } }: MessageEvent<Call>) => {
    const tell = (answer: Answer): void => self.postMessage(answer);
    try {
      const result = await methods[method]!(args[0] as never, ((event: unknown) => tell({ id, event })) as never);
      tell({ id, result });
    } catch (error) {
      if (error instanceof LostError) tell({ id, lost: error.message });
      else tell({ id, error: error instanceof Error ? error.message : String(error) });
    }
  };
}
