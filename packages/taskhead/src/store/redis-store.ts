import type { Store } from "@taskhead/core";
import { requireKey } from "@taskhead/core/internals";
import type { Redis } from "ioredis";

/** Keys in Redis, for small models: a value is at most 512 MB, and all of them are in the server's memory. Each is set at once. */
export function redisStore(client: Redis, place: string, prefix = "taskhead:"): Store {
  const whole = (key: string): string => `${prefix}${requireKey(key)}`;
  return {
    async read(key) {
      const bytes = await client.getBuffer(whole(key));
      return bytes === null ? undefined : new Uint8Array(bytes);
    },
    write: async (key, bytes) =>
      void (await client.set(whole(key), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))),
    remove: async (key) => void (await client.del(whole(key))),
    within: (inner) => redisStore(client, place, `${whole(inner)}/`),
    where: (key) => `${place}/${whole(key)}`,
  };
}
