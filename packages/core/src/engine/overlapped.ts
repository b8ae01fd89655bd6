import type { Engine } from "./engine.js";
import { Fetcher } from "./fetcher.js";
import type { Feeds, Session } from "./session.js";

/**
 * A session whose outputs all stay on the device: its `run` is done when the device has the work, long before the work is
 * done, and this thread is free in between. Then the outputs that are not to stay are fetched, which waits.
 * @param staying outputs that are handed on as they are
 */
export function overlapped(
  engine: Pick<Engine, "session" | "tensor">,
  session: Session,
  staying: ReadonlySet<string>,
): Session {
  const fetcher = new Fetcher(engine);
  return {
    ...session,
    async run(feeds, fetches, meanwhile) {
      const outputs = await session.run(feeds, fetches);
      meanwhile?.();
      const left = Object.entries(outputs).filter(([name]) => !staying.has(name));
      try {
        return { ...outputs, ...(await fetcher.fetch(Object.fromEntries(left) as Feeds)) };
      } finally {
        for (const [, tensor] of left) tensor.dispose();
      }
    },
    async release() {
      await fetcher.release();
      await session.release();
    },
  };
}
