import type { Store } from "@taskhead/core";
import { withoutCredentials } from "../files/credentials.js";
import { makeFolder } from "../files/make-folder.js";
import { folderStore } from "./folder-store.js";

/** A store that others share, and how to leave it. */
export interface SharedStore {
  readonly store: Store;
  /** The folder that it is; undefined of a server. */
  readonly folder?: string;
  /** As it may be shown. */
  readonly shown: string;
  close(): void;
}

/**
 * Opens a store by its address: an absolute path, `s3://bucket/prefix`, or `redis://…`.
 * @throws {UserError} if it cannot be reached
 */
export async function openStore(address: string): Promise<SharedStore> {
  const shown = withoutCredentials(address);
  if (/^rediss?:/.test(address)) {
    const { connectRedis } = await import("./redis-client.js");
    const { redisStore } = await import("./redis-store.js");
    const client = await connectRedis("--store", address);
    return { store: redisStore(client, shown), shown, close: () => client.disconnect() };
  }
  if (address.startsWith("s3:")) {
    const { openS3 } = await import("./s3-store.js");
    return { store: await openS3(new URL(address)), shown, close() {} };
  }
  makeFolder(address);
  return { store: folderStore(address), folder: address, shown, close() {} };
}
