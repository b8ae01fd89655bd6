import { resolve } from "node:path";
import type { Kind, Reading } from "@taskhead/core/settings";
import { withoutCredentials } from "../../files/credentials.js";

/** The variable that holds the address of the queue, where that has a password. */
export const queueVariable = "TASKHEAD_QUEUE";

/** The address of a Redis or Valkey server. What is wrong with one never repeats it: it may hold a password. */
export const queueUrl: Kind<string> = {
  placeholder: "url",
  wants: `redis://host:6379 or rediss://…, or env for the variable ${queueVariable}`,
  parse(given) {
    if (given !== "env") return this.check(given);
    const set = process.env[queueVariable];
    if (set) return this.check(set);
    return { wrong: `env wants the variable ${queueVariable} to be set to redis://host:6379` };
  },
  check(given): Reading<string> {
    const good = typeof given === "string" && /^rediss?:\/\//.test(given) && URL.canParse(given);
    return good ? { value: given } : { wrong: `wants ${this.wants}` };
  },
  text: withoutCredentials,
};

/** Where trials are kept for several machines: a folder, a bucket, or Redis. */
export const storeAddress: Kind<string> = {
  placeholder: "dir|url",
  wants: "a folder, s3://bucket/prefix or redis://host:6379",
  parse(given) {
    if (given.startsWith("redis")) {
      const reading = queueUrl.check(given);
      if ("value" in reading) return reading;
    }
    if (given.startsWith("s3://") && URL.canParse(given) && new URL(given).hostname !== "") return { value: given };
    return given === "" || given.includes("://") ? { wrong: `wants ${this.wants}` } : { value: resolve(given) };
  },
  check(given) {
    return typeof given === "string" ? this.parse(given) : { wrong: `wants ${this.wants}` };
  },
  text: withoutCredentials,
};
