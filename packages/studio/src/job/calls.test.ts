import { expect, test } from "vitest";
import { Caller, LostError, StoppedError, type Answer, type Call, type Called } from "./calls.js";

/** A worker that a test answers for. */
class Told implements Called {
  onmessage: Called["onmessage"] = null;
  onerror: Called["onerror"] = null;
  readonly calls: Call[] = [];
  ended = false;
  postMessage(call: Call): void {
    this.calls.push(call);
  }
  terminate(): void {
    this.ended = true;
  }
  answer(answer: Answer): void {
    this.onmessage!({ data: answer });
  }
}

type Work = { work(what: number, onEvent: (event: string) => void): Promise<string> };

function calling(): { caller: Caller<Work>; workers: Told[] } {
  const workers: Told[] = [];
  const start = (): Called => {
    const worker = new Told();
    workers.push(worker);
    return worker;
  };
  return { caller: new Caller<Work>(start), workers };
}

test("events and the result come to who called", async () => {
  const { caller, workers } = calling();
  const heard: string[] = [];
  const done = caller.call("work", 3, (event) => heard.push(event));
  expect(workers[0]!.calls).toEqual([{ id: 0, method: "work", args: [3] }]);
  workers[0]!.answer({ id: 0, event: "half" });
  workers[0]!.answer({ id: 0, result: "whole" });
  expect(await done).toBe("whole");
  expect(heard).toEqual(["half"]);
});

test("a lost device ends its worker and all that it had begun, and another worker goes on", async () => {
  const { caller, workers } = calling();
  const both = [caller.call("work", 1), caller.call("work", 2)];
  const failed = Promise.all(both.map((one) => one.catch((error: unknown) => error)));
  workers[0]!.answer({ id: 1, lost: "unplugged" });
  const errors = await failed;
  expect(errors.every((error) => error instanceof LostError && error.message === "unplugged")).toBe(true);
  expect(workers[0]!.ended).toBe(true);
  const again = caller.call("work", 1);
  workers[1]!.answer({ id: 2, result: "done" });
  expect(await again).toBe("done");
});

test("stopping is no failure", async () => {
  const { caller } = calling();
  const stopped = caller.call("work", 1).catch((error: unknown) => error);
  caller.stop();
  expect(await stopped).toBeInstanceOf(StoppedError);
});
