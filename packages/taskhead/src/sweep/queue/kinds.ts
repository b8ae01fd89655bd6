import { resolve } from "node:path";
import type { Kind, Reading } from "@taskhead/core/settings";
import { withoutCredentials } from "../../files/credentials.js";
import { UserError } from "../../files/errors.js";

/** The variable that holds the address of the queue, where that has a password. */
export const queueVariable = "TASKHEAD_QUEUE";

/** The address of a Redis or Valkey server. What is wrong with one never repeats it: it may hold a password. */
export const queueUrl: Kind<string> = {
  placeholder: "url",
  wants: `redis://host:6379 or rediss://…, or env for the variable ${queueVariable}`,
  parse(given) {
    return this.check(given);
  },
  check(given): Reading<string> {
    if (typeof given === "string" && (isAddress(given) || given === "env")) return { value: given };
    return { wrong: `wants ${this.wants}` };
  },
  text: withoutCredentials,
};

function isAddress(given: string): boolean {
  return /^rediss?:\/\//.test(given) && URL.canParse(given);
}

/** The address itself, for who was given one or `env`. @throws {UserError} if the variable holds none */
export function queueAddress(given: string): string {
  if (given !== "env") return given;
  const set = process.env[queueVariable];
  if (set !== undefined && isAddress(set)) return set;
  throw new UserError(`--queue env wants the variable ${queueVariable} to be set to redis://host:6379 or rediss://…`);
}

/** Where trials are kept for several machines: a folder, a bucket, or Redis. */
export const storeAddress: Kind<string> = {
  placeholder: "dir|url",
  wants: "a folder, s3://bucket/prefix or redis://host:6379",
  parse(given) {
    if (isAddress(given)) return { value: given };
    if (given.startsWith("s3://") && URL.canParse(given) && new URL(given).hostname !== "") return { value: given };
    return given === "" || given.includes("://") ? { wrong: `wants ${this.wants}` } : { value: resolve(given) };
  },
  check(given) {
    return typeof given === "string" ? this.parse(given) : { wrong: `wants ${this.wants}` };
  },
  text: withoutCredentials,
};
