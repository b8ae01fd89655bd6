import type { Model } from "@taskhead/autograd";
import type { Engine } from "./engine.js";
import type { Session } from "./session.js";

/** Opens a session for as long as `use` runs. */
export async function withSession<T>(engine: Engine, model: Model, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await engine.session(model, { overlapping: true });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}
