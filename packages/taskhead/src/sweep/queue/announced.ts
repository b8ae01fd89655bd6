import type { Redis } from "ioredis";
import { readPayload, type Payload, type SentPayload } from "./payload.js";

/**
 * A sweep that begins says what its jobs will be on, so that workers open it while it probes. It is a hint: a job holds all that
 * a worker has to know, and a worker that hears of nothing opens the sweep with its first job.
 */
const place = "taskhead:announced";

/** For workers that come while the sweep probes. */
const secondsKept = 600;

/** @param payload of any trial of the sweep */
export async function announce(client: Redis, payload: SentPayload): Promise<void> {
  const text = JSON.stringify(payload);
  await client.set(place, text, "EX", secondsKept);
  await client.publish(place, text);
}

/**
 * Hears of sweeps that begin, and of the one that began last. What is no trial of this version is passed over, and so is a server
 * that does not let us listen.
 * @returns ends it
 */
export function hear(client: Redis, open: (payload: Payload) => void): () => void {
  const listening = client.duplicate();
  const heard = (text: string | null): void => {
    if (text === null) return;
    try {
      open(readPayload(JSON.parse(text)));
    } catch {
      // Its jobs will say what is wrong.
    }
  };
  listening.on("error", () => {});
  listening.on("message", (_, text: string) => heard(text));
  listening.subscribe(place).catch(() => {});
  client.get(place).then(heard, () => {});
  return () => listening.disconnect();
}
