import type { Redis, RedisOptions } from "ioredis";
import { withoutCredentials } from "../files/credentials.js";
import { UserError } from "../files/errors.js";
import { optionalPackage } from "./packages.js";

/**
 * A connection to Redis or Valkey that was made once, so that what is wrong with the address is said at once; from then on
 * it waits for a server that is away.
 * @param what names the address for errors, `--queue`
 * @throws {UserError} if there is no server, or it does not let us in
 */
export async function connectRedis(what: string, url: string): Promise<Redis> {
  const { Redis } = await optionalPackage(what, "ioredis", () => import("ioredis"));
  const first = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 10_000 });
  // What is told by events is thrown as well.
  let told: Error | undefined;
  first.on("error", (error) => (told = error));
  try {
    await first.connect();
    await first.ping();
  } catch (error) {
    throw unreachable(what, url, told ?? error);
  } finally {
    first.disconnect();
  }
  const client = new Redis(url, patient);
  client.on("error", () => {});
  return client;
}

/** Ends a connection. One that has ended is left alone: its client would keep the process for two seconds more. */
export function hangUp(client: Redis): void {
  if (client.status !== "end") client.disconnect();
}

const patient: RedisOptions = { maxRetriesPerRequest: null, retryStrategy: (times) => Math.min(100 * times, 2000) };

/** Without the error itself, which holds the command that failed: that may be the one with the password. */
function unreachable(what: string, url: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  const place = `${what} ${withoutCredentials(url)}`;
  if (/NOAUTH|WRONGPASS|ERR AUTH|invalid password/i.test(message))
    return new UserError(
      `${place} refuses the user or the password; give them as redis://user:password@host, or in the environment's TASKHEAD_QUEUE with --queue env`,
    );
  return new UserError(
    `${place} cannot be reached (${code ?? withoutCredentials(message)}); start a server there (redis-server), or give the address of another`,
  );
}
