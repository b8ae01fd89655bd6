import { setTimeout as sleep } from "node:timers/promises";
import { packageVersion } from "../files/version.js";

/** A host that does not answer: no fault of the request. */
export class UnreachableError extends Error {
  constructor(
    /** What was wrong, as the system calls it: `ENOTFOUND`. */
    readonly code: string,
    readonly host: string,
  ) {
    super(`${host} does not answer (${code})`);
  }
}

export interface RequestOptions {
  /** Where alone a token may go. */
  readonly endpoint: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds before each further try of what may pass. */
  readonly waits?: readonly number[];
  /** Milliseconds until an answer has to begin. */
  readonly silenceAllowed?: number;
}

const usualWaits = [500, 2000, 5000];

/** Answers that may be others in a moment. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

/** Of connections that were broken, or are slow, a further try may be better. */
const mayPass = /^(ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_(SOCKET|\w+_TIMEOUT))$/;

/** Until an answer begins, in milliseconds: after that, what comes may take its time. */
const longestSilence = 30_000;

/** As long as a server may ask to wait, in seconds. */
const longestWait = 60;

/**
 * `fetch` for the hub's client: what may pass is tried again where that does no harm, and a token goes to no other server than
 * the endpoint, whatever an answer names as the next address.
 * @throws {UnreachableError} where no answer came
 */
export function hubFetch({
  endpoint,
  signal,
  waits = usualWaits,
  silenceAllowed = longestSilence,
}: RequestOptions): typeof fetch {
  const { origin } = new URL(endpoint);
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers);
    headers.set("user-agent", `taskhead/${packageVersion()}`);
    if (url.origin !== origin) headers.delete("authorization");
    const signals = [signal, init.signal].filter((one) => one !== undefined && one !== null);
    const repeatable = !["POST", "DELETE"].includes(init.method ?? "GET");
    for (let attempt = 0; ; attempt++) {
      const wait = repeatable ? waits[attempt] : undefined;
      let answer: Response | undefined;
      const silence = new AbortController();
      // What is sent may take its time before an answer begins.
      const timer = init.body ? undefined : setTimeout(() => silence.abort(), silenceAllowed);
      try {
        answer = await fetch(url, { ...init, headers, signal: AbortSignal.any([...signals, silence.signal]) });
      } catch (error) {
        signal?.throwIfAborted();
        const code = silence.signal.aborted ? "ETIMEDOUT" : codeOf(error);
        if (wait === undefined || !mayPass.test(code)) throw new UnreachableError(code, url.host);
      } finally {
        clearTimeout(timer);
      }
      if (answer && (wait === undefined || !passing.has(answer.status))) return answer;
      const asked = Number(answer?.headers.get("retry-after"));
      await answer?.body?.cancel();
      await sleep(asked > 0 ? 1000 * Math.min(asked, longestWait) : wait, undefined, signal ? { signal } : {});
    }
  };
}

/** What the system calls it; undici says only `fetch failed`. */
export function codeOf(error: unknown): string {
  const { cause, code, message } = error as Error & { code?: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? code ?? cause?.message ?? message;
}
