import { GraphBuilder } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import type { Tensor } from "onnxruntime-common";
import { expect, test } from "vitest";
import { createEngine } from "./create-engine.js";
import { DeviceState } from "./device-state.js";
import type { Engine } from "./engine.js";
import type { Feeds } from "./session.js";

const cpu = createEngine(ort, { threads: 1 });

/** A tensor as a device has it: to read it would end the process. */
class OnDevice {
  readonly location = "gpu-buffer";
  disposed = false;

  constructor(readonly inner: Tensor) {}

  get dims(): readonly number[] {
    return this.inner.dims;
  }

  get data(): never {
    throw new Error("read on the device");
  }

  dispose(): void {
    this.disposed = true;
  }
}

/** The processor, which keeps the outputs that are to stay as a device would, and knows all that it has kept. */
function fakeDevice() {
  const kept: OnDevice[] = [];
  const engine: Pick<Engine, "session" | "tensor"> = {
    tensor: (...given) => cpu.tensor(...given),
    async session(model, options) {
      const session = await cpu.session(model);
      const staying = new Set(options?.staying);
      return {
        ...session,
        async run(feeds) {
          const inner = Object.entries(feeds).map(([name, tensor]) => {
            const own: unknown = tensor;
            if (own instanceof OnDevice && own.disposed) throw new Error(`'${name}' is fed, and was let go`);
            return [name, own instanceof OnDevice ? own.inner : tensor] as const;
          });
          const outputs = Object.entries(await session.run(Object.fromEntries(inner))).map(([name, tensor]) => {
            if (!staying.has(name)) return [name, tensor] as const;
            kept.push(new OnDevice(tensor));
            return [name, kept.at(-1) as unknown as Tensor] as const;
          });
          return Object.fromEntries(outputs) as Feeds;
        },
      };
    },
  };
  return { engine, kept };
}

/** next.a = a + x, next.m = 2 m; loss = Σ a */
async function open() {
  const b = new GraphBuilder();
  const [a, m, x] = [b.input("a", "float32", [2]), b.input("m", "float32", []), b.input("x", "float32", [2])];
  b.setOutputs({ loss: b.reduceSum(a, [0]), "next.a": b.add(a, x), "next.m": b.mul(m, 2) });
  const { engine, kept } = fakeDevice();
  const session = await engine.session(b.model(), { staying: ["next.a", "next.m"] });
  const state = new DeviceState(engine, [
    { name: "a", shape: [2], initial: Float32Array.of(1, 2) },
    { name: "m", shape: [], initial: Float32Array.of(1) },
  ]);
  const step = () => state.step(session, { x: engine.tensor("float32", Float32Array.of(10, 20), [2]) });
  return { state, step, kept };
}

const plain = (values: ReadonlyMap<string, Float32Array>) =>
  Object.fromEntries([...values].map(([n, v]) => [n, [...v]]));

test("what a step wrote is read by the next, and only the last set is kept", async () => {
  const { state, step, kept } = await open();
  expect([...((await step())["loss"]!.data as Float32Array)]).toEqual([3]);
  const outputs = await step();
  expect(Object.keys(outputs)).toEqual(["loss"]);
  expect([...(outputs["loss"]!.data as Float32Array)]).toEqual([33]);
  expect(kept.map(({ disposed }) => disposed)).toEqual([true, true, false, false]);
  expect(plain(await state.read())).toEqual({ a: [21, 42], m: [4] });
  expect(plain(await state.read(["m"]))).toEqual({ m: [4] });
  state.release();
  expect(kept.every(({ disposed }) => disposed)).toBe(true);
});

test("values that are written go over with the next step, beside those that stayed", async () => {
  const { state, step } = await open();
  expect(plain(await state.read())).toEqual({ a: [1, 2], m: [1] });
  await step();
  const given = Float32Array.of(0, 0);
  await state.write(new Map([["a", given]]));
  given.fill(7);
  await step();
  expect(plain(await state.read())).toEqual({ a: [10, 20], m: [4] });
});

test("refuses names that are not there, and other sizes", async () => {
  const { state } = await open();
  await expect(state.read(["b"])).rejects.toThrow("no parameter or optimizer state is called 'b'");
  await expect(state.write(new Map([["b", Float32Array.of(1)]]))).rejects.toThrow("is called 'b'");
  await expect(state.write(new Map([["a", Float32Array.of(1)]]))).rejects.toThrow("'a' has 2 elements");
});
