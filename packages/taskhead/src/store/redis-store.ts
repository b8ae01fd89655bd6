import { requireKey } from "@taskhead/core/internals";
import type { Redis } from "ioredis";
import { UserError } from "../files/errors.js";
import type { BoundedStore } from "./large-files.js";

/** Of a file, and of a value: what a server takes unless it is set up otherwise. */
const [mostOfFile, mostOfValue] = [2 ** 26, 2 ** 29];

/** Keys in Redis, for small models: all of them are in the server's memory, and whole in ours on the way. Each is set at once. */
export function redisStore(client: Redis, place: string, prefix = "taskhead:"): BoundedStore {
  const whole = (key: string): string => `${prefix}${requireKey(key)}`;
  const where = (key: string): string => `${place}/${whole(key)}`;
  return {
    async read(key) {
      const bytes = await client.getBuffer(whole(key));
      return bytes === null ? undefined : new Uint8Array(bytes);
    },
    async write(key, bytes) {
      requireAtMost(mostOfValue, where(key), bytes.length, "values");
      await client.set(whole(key), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
    requireSmall: (path, bytes) => requireAtMost(mostOfFile, path, bytes, "files"),
    remove: async (key) => void (await client.del(whole(key))),
    within: (inner) => redisStore(client, place, `${whole(inner)}/`),
    where,
  };
}

/** @throws {UserError} */
function requireAtMost(most: number, what: string, bytes: number, things: string): void {
  const mb = (size: number): string => `${Math.ceil(size / 2 ** 20).toLocaleString("en")} MB`;
  if (bytes > most)
    throw new UserError(
      `${what} has ${mb(bytes)}, and a --store in Redis, which keeps all in memory, takes ${things} of up to ${mb(most)}; give a folder or s3://bucket/prefix as --store`,
    );
}
