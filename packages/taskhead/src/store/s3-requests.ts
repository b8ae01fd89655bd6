import { setTimeout as wait } from "node:timers/promises";
import type { AwsClient } from "aws4fetch";
import { PassingError, UserError } from "../files/errors.js";
import { mayPass, remedyOf, type Refusal } from "./s3-refusals.js";

/** What is asked of an object. */
export interface Asked {
  /** Of a part or an upload; none of the object itself. */
  readonly query?: Record<string, string>;
  /** Body and headers, made anew for every attempt. */
  body?(): RequestInit;
  /** Whether the answer is left to be read piece by piece; others are taken whole, and a connection that breaks in one is tried again. */
  readonly inPieces?: boolean;
  /** Whether a server may say 200, and only then that it failed. */
  readonly failsLate?: boolean;
  /** Of what cannot be done twice: whether it was done, though no answer said so. */
  isDone?(): Promise<boolean>;
  /** Whether it is asked but once. */
  readonly once?: boolean;
}

/** The objects of a bucket by their keys; what passes is asked again, later each time. */
export class S3Requests {
  /** @param bucket its address, with a slash at its end @param pause milliseconds, at most, before the second attempt */
  constructor(
    private readonly client: AwsClient,
    private readonly bucket: string,
    private readonly pause: number,
  ) {}

  address(key: string): string {
    return `${this.bucket}${key.split("/").map(encodeURIComponent).join("/")}`;
  }

  /**
   * @returns also what says that there is nothing to read or delete
   * @throws {PassingError} where no attempt is answered, {UserError} where it is refused
   */
  async ask(method: string, key: string, asked: Asked = {}): Promise<Response> {
    const attempts = asked.once ? 1 : mostAttempts;
    for (let attempt = 1; ; attempt++) {
      const found = await this.#attempt(method, key, asked);
      if (found instanceof Response) return found;
      if (await asked.isDone?.()) return new Response();
      const again =
        found.error instanceof PassingError || (found.code === "NoSuchUpload" && asked.isDone !== undefined);
      if (!again || attempt === attempts) throw found.error;
      await wait(Math.max(Math.random() * this.pause * 2 ** (attempt - 1), 1000 * found.wait));
    }
  }

  /** Of an answer that was left to be read so, as they come. @throws {PassingError} where they break off */
  async *pieces({ body }: Response, key: string): AsyncGenerator<Uint8Array, void> {
    try {
      if (body) yield* body;
    } catch (error) {
      throw broken(this.#what("GET", key), error);
    }
  }

  async #attempt(method: string, key: string, asked: Asked): Promise<Response | Failed> {
    const { query = {}, body, inPieces = false, failsLate = false } = asked;
    const search = new URLSearchParams(query).toString();
    try {
      const init = { method, ...body?.() };
      const answer = await this.client.fetch(`${this.address(key)}${search && `?${search}`}`, init);
      const { status, headers } = answer;
      if (answer.ok && inPieces) return answer;
      const bytes = await answer.arrayBuffer();
      const code = answer.ok && !failsLate ? undefined : codeIn(new TextDecoder().decode(bytes));
      if (answer.ok && code === undefined) return new Response(bytes, { headers });
      if (status === 404 && code !== "NoSuchBucket" && canMiss.has(method))
        return new Response(null, { status, headers });
      return this.#failed(method, key, { status: answer.ok ? 500 : status, code: code ?? answer.statusText, headers });
    } catch (error) {
      return { error: broken(this.#what(method, key), error), wait: 0 };
    }
  }

  #failed(method: string, key: string, refusal: Refusal): Failed {
    const [what, said] = [this.#what(method, key), `(${refusal.status} ${refusal.code})`];
    return {
      error: mayPass(refusal)
        ? new PassingError(
            `${what} fails ${said}, again and again; the server is busy or ill: run the same command later`,
          )
        : new UserError(`${what} was refused ${said}; ${remedyOf(refusal)}`),
      code: refusal.code,
      wait: Math.min(Number(refusal.headers.get("retry-after")) || 0, longestWait),
    };
  }

  #what(method: string, key: string): string {
    return `--store: ${method} ${this.address(key)}`;
  }
}

/** An attempt that did not succeed, and the seconds that the server asks to wait. */
interface Failed {
  readonly error: Error;
  readonly code?: string | undefined;
  readonly wait: number;
}

/** With pauses of up to 100 ms, 200 ms and so on between them, half a minute at most. */
const mostAttempts = 9;

/** As long as a server may ask to wait, in seconds. */
const longestWait = 20;

/** What may be asked of an object that is not there. */
const canMiss = new Set(["GET", "HEAD", "DELETE"]);

function codeIn(text: string): string | undefined {
  return /<Code>(.*?)<\/Code>/.exec(text)?.[1];
}

/** No fault of the user's: it may pass. But what the body itself ends with is said as it is. */
function broken(what: string, error: unknown): Error {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  if (error instanceof UserError) return error;
  if (cause instanceof UserError) return cause;
  const code = cause?.code ?? message;
  if (/CERT|SIGNED|VERIFY/.test(code))
    return new UserError(
      `${what}: nobody vouches for the server's certificate (${code}); name the one that does in NODE_EXTRA_CA_CERTS`,
    );
  return new PassingError(
    `${what}: no answer (${code}); check the network and AWS_ENDPOINT_URL, and run the same command again`,
  );
}
