import { writeModel, type Model } from "@taskhead/autograd";
import type { Engine, SessionOptions } from "./engine.js";
import type { Session } from "./session.js";

/** An engine whose sessions of training steps serve one trainer after another. */
export interface ReusedSessions {
  readonly engine: Engine;
  /** Releases what waits for a next trainer. */
  release(): Promise<void>;
}

/** Larger graphs hold weights that are not trained: another such session would rarely be the same, and they are dear to keep. */
const largestKept = 2 ** 24;

/**
 * A training step takes its parameters as inputs, so that its graph is the same for every start and every rate, and what the
 * runtime makes of it, which takes a second or two, need be made once. The last session that was released is kept for
 * whoever asks for the same graph next; another step that is asked for releases it.
 */
export function reusedSessions(engine: Engine): ReusedSessions {
  let kept: { bytes: Uint8Array; threads: number | undefined; session: Session } | undefined;
  const release = async (): Promise<void> => {
    const { session } = kept ?? {};
    kept = undefined;
    await session?.release();
  };
  const open = async (model: Model, bytes: Uint8Array, options: SessionOptions): Promise<Session> => {
    if (!kept || kept.threads !== options.threads || !equal(kept.bytes, bytes)) {
      await release();
      return engine.session(model, options);
    }
    const { session } = kept;
    kept = undefined;
    return session;
  };
  return {
    engine: {
      ...engine,
      async session(model, options = {}) {
        const isStep = options.staying !== undefined && options.profile === undefined;
        if (!isStep || model instanceof Uint8Array || sizeOfWeights(model) > largestKept)
          return engine.session(model, options);
        const bytes = writeModel(model);
        const session = await open(model, bytes, options);
        return {
          ...session,
          async release() {
            await release();
            kept = { bytes, threads: options.threads, session };
          },
        };
      },
    },
    release,
  };
}

function sizeOfWeights({ graph }: Model): number {
  return [...graph.initializers.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
