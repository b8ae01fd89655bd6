import {
  addRowsApart,
  addsRows,
  leftToProcessor,
  overwritable,
  UnsupportedError,
  writeModel,
  writeWithWeightsBeside,
  type Model,
} from "@taskhead/autograd";
import type { InferenceSession as OrtSession, Tensor } from "onnxruntime-common";
import { requireOptions, requireWanted } from "../given/require.js";
import { isObject, oneOf, whole, type Wanted } from "../given/wanted.js";
import { detectChannelBlock } from "./channel-block.js";
import { devices, dialectOf, isProcessor, type Device } from "./device.js";
import { DeviceState } from "./device-state.js";
import { detectDoublePrecision } from "./double-precision.js";
import type { Engine } from "./engine.js";
import { RuntimeError } from "./errors.js";
import { detectHalfPrecision } from "./half-precision.js";
import { overlapped } from "./overlapped.js";
import type { Feeds, Session } from "./session.js";
import { HostState } from "./host-state.js";
import { detectEnd, endingCopies, uncopied } from "./uncopied.js";

export interface EngineOptions {
  /** What computes. Left out, the processor: `cpu` for onnxruntime-node, `wasm` for onnxruntime-web. `findDevice` says what is there. */
  device?: Device;
  /** Threads within one operator; the runtime's own choice when left out. */
  threads?: number;
}

/** The two classes of an ONNX Runtime package that an engine needs, and the list that onnxruntime-node alone has. */
export type OnnxRuntime = Pick<typeof import("onnxruntime-common"), "InferenceSession" | "Tensor"> & {
  listSupportedBackends?: () => readonly { readonly name: string; readonly bundled: boolean }[];
};

/**
 * Wraps an ONNX Runtime: `createEngine(await import("onnxruntime-node"))`, or
 * `createEngine(await import("onnxruntime-web/webgpu"), { device: "webgpu" })`.
 * @throws {DataError} for what is no runtime, such as the promise of one, a device that there is none of, threads that are
 * no whole number from 1 on, and other options
 */
export function createEngine(ort: OnnxRuntime, options: EngineOptions = {}): Engine {
  requireOptions("createEngine", options, { device: oneOf(devices), threads: whole({ from: 1 }) });
  requireWanted("createEngine", ort, runtimes);
  const { device, threads } = options;
  const on = device ?? processorOf(ort);
  const TensorClass = ort.Tensor as new (dtype: string, data: unknown, dims: readonly number[]) => Tensor;
  let block: Promise<number | undefined> | undefined;
  let double: Promise<boolean> | undefined;
  let half: Promise<boolean> | undefined;
  let ending: Promise<string | undefined> | undefined;
  const engine: Engine = {
    name: dialectOf(on),
    device: on,
    get processor() {
      return processor;
    },
    async session(
      given,
      { threads: asked = threads, staying = [], overlapping = false, wholly = false, profile } = {},
    ) {
      const { model, threads: own } = isProcessor(on) ? ofRowsApart(given, asked) : { model: given, threads: asked };
      const options: OrtSession.SessionOptions = {
        // What goes wrong is thrown; the runtime would print it too, with the names that a model has.
        logSeverityLevel: 4,
        // One block for all values of a run takes up to twice what values that follow one another in the arena do, and saves no time.
        ...(isProcessor(on) ? { enableMemPattern: false } : {}),
        ...(device === undefined ? {} : { executionProviders: [executionProvider(on, model)] }),
        ...(own === undefined ? {} : { intraOpNumThreads: own }),
        ...(on === "webgpu" && (overlapping || staying.length > 0)
          ? { preferredOutputLocation: overlapping ? "gpu-buffer" : onDevice(staying) }
          : {}),
        ...(wholly ? { extra: { session: { disable_cpu_ep_fallback: "1" } } } : {}),
        ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
      };
      const opened = (one: Model | Uint8Array): Promise<OrtSession> => told(() => open(ort, one, options));
      const profiled = profile !== undefined;
      if (dialectOf(on) === "cpu" && staying.length > 0 && !(model instanceof Uint8Array)) {
        const said = await (ending ??= detectEnd(engine));
        const inPlace = overwritable(model.graph, new Map(staying.map((next) => [next.slice("next.".length), next])));
        if (said === undefined) return { ...wrap(await opened(model), profiled), overwritable: inPlace };
        const session = await opened(endingCopies(model));
        const ofModel = model.graph.outputs.map(({ name }) => name);
        const both = { ending: wrap(session, profiled), plain: wrap(session, profiled, ofModel) };
        return { ...uncopied(engine, both, model.graph, said), overwritable: inPlace };
      }
      const session = wrap(await opened(model), profiled);
      return on === "webgpu" && overlapping ? overlapped(engine, session, new Set(staying)) : session;
    },
    // onnxruntime-web writes nothing into an output on the processor that was given a place.
    state: (specs) => (dialectOf(on) === "cpu" ? new HostState(engine, specs) : new DeviceState(engine, specs)),
    channelBlock: () => (block ??= isProcessor(on) ? detectChannelBlock(engine) : Promise.resolve(undefined)),
    doublePrecision: () => (double ??= isProcessor(on) ? detectDoublePrecision(engine) : Promise.resolve(false)),
    halfPrecision: () => (half ??= isProcessor(on) ? Promise.resolve(false) : detectHalfPrecision(engine)),
    tensor: (dtype, data, dims) => new TensorClass(dtype, data, dims),
  };
  const processor = isProcessor(on) ? engine : createEngine(ort, { device: processorOf(ort), threads });
  return engine;
}

const runtimes: Wanted = {
  wants: 'an ONNX Runtime, such as await import("onnxruntime-node")',
  is: (value) => isObject(value) && "InferenceSession" in value && "Tensor" in value,
};

/** A graph that adds rows has a form for several threads, or one thread. */
function ofRowsApart(model: Model | Uint8Array, threads: number | undefined) {
  if (threads === 1 || model instanceof Uint8Array || !addsRows(model)) return { model, threads };
  const apart = addRowsApart(model);
  return apart ? { model: apart, threads } : { model, threads: 1 };
}

/**
 * onnxruntime-node takes weights from where they are and copies them once; in the bytes of a model they would be in memory three
 * times more while it is opened, which takes it twice as long.
 */
async function open(ort: OnnxRuntime, model: Model | Uint8Array, options: OrtSession.SessionOptions) {
  if (model instanceof Uint8Array) return ort.InferenceSession.create(model, options);
  if (processorOf(ort) === "wasm") return ort.InferenceSession.create(writeModel(model), options);
  const { bytes, beside } = writeWithWeightsBeside(model);
  return ort.InferenceSession.create(bytes, { ...options, externalData: beside });
}

/** onnxruntime-node has a list of what it can use, onnxruntime-web none. */
export function processorOf(ort: OnnxRuntime): "cpu" | "wasm" {
  return "listSupportedBackends" in ort ? "cpu" : "wasm";
}

/** A device as sessions of a model ask for it: what it would fail at is left to the processor. */
export function executionProvider(device: Device, model: Model | Uint8Array): OrtSession.ExecutionProviderConfig {
  if (device !== "webgpu" || model instanceof Uint8Array) return device;
  const names = [...nodesForProcessor(model)];
  return names.length === 0 ? device : { name: "webgpu", forceCpuNodeNames: names };
}

function nodesForProcessor(model: Model): Iterable<string> {
  try {
    return leftToProcessor(model, "webgpu").keys();
  } catch (error) {
    // An operator that only the runtime knows: nothing is known against it.
    if (error instanceof UnsupportedError) return [];
    throw error;
  }
}

/** @throws {RuntimeError} whatever the runtime throws */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new RuntimeError(error);
  }
}

/** @param outputNames what a run computes */
function wrap(session: OrtSession, profiled: boolean, outputNames = session.outputNames): Session {
  const inputs = new Set(session.inputNames);
  // Samples feed all that they have; in browsers the runtime refuses what a model does not take.
  const taken = (feeds: Feeds): Feeds => {
    const names = Object.keys(feeds);
    if (names.every((name) => inputs.has(name))) return feeds;
    return Object.fromEntries(names.filter((name) => inputs.has(name)).map((name) => [name, feeds[name]!]));
  };
  const unset = Object.fromEntries(outputNames.map((name) => [name, null]));
  return {
    inputNames: session.inputNames,
    outputNames,
    async run(given, fetches, meanwhile) {
      const feeds = taken(given);
      const running = told(() => (fetches ? session.run(feeds, { ...unset, ...fetches }) : session.run(feeds)));
      meanwhile?.();
      return { ...((await running) as Feeds), ...fetches };
    },
    release: () => {
      if (profiled) session.endProfiling();
      return session.release();
    },
  };
}

function onDevice(outputs: readonly string[]): Record<string, "gpu-buffer"> {
  return Object.fromEntries(outputs.map((name) => [name, "gpu-buffer"]));
}
