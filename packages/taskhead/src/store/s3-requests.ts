import { setTimeout as wait } from "node:timers/promises";
import type { AwsClient } from "aws4fetch";
import { UserError } from "../files/errors.js";

/** What is asked of an object. */
export interface Asked {
  /** Of a part or an upload; none of the object itself. */
  readonly query?: Record<string, string>;
  /** Body and headers, made anew for every attempt. */
  body?(): RequestInit;
  /** Whether a server may say 200, and only then that it failed. */
  readonly failsLate?: boolean;
}

/** The objects of a bucket by their keys; what passes is asked again. */
export class S3Requests {
  /** @param bucket its address, with a slash at its end */
  constructor(
    private readonly client: AwsClient,
    private readonly bucket: string,
  ) {}

  address(key: string): string {
    return `${this.bucket}${key.split("/").map(encodeURIComponent).join("/")}`;
  }

  /** @returns also what says that there is nothing to read or delete @throws {UserError} where it is refused */
  async ask(method: string, key: string, asked: Asked = {}): Promise<Response> {
    let answer = await this.#once(method, key, asked);
    for (let attempt = 0; attempt < attempts && isPassing(answer); attempt++) {
      if (answer instanceof Response) await answer.body?.cancel();
      await wait(Math.random() * 50 * 2 ** attempt);
      answer = await this.#once(method, key, asked);
    }
    if (answer instanceof Error) throw answer;
    if (answer.ok) return answer;
    const code = codeIn(await answer.text()) ?? answer.statusText;
    if (answer.status === 404 && code !== "NoSuchBucket" && (method === "GET" || method === "DELETE")) return answer;
    throw new UserError(
      `${this.#what(method, key)} was refused (${answer.status} ${code}); check the bucket, its region and the credentials`,
    );
  }

  /** Of an answer to GET, as they come. */
  async *pieces({ body }: Response, key: string): AsyncGenerator<Uint8Array, void> {
    try {
      if (body) yield* body;
    } catch (error) {
      throw broken(this.#what("GET", key), error);
    }
  }

  async #once(method: string, key: string, { query = {}, body, failsLate }: Asked): Promise<Response | Error> {
    const search = new URLSearchParams(query).toString();
    try {
      const answer = await this.client.fetch(`${this.address(key)}${search && `?${search}`}`, { method, ...body?.() });
      if (!failsLate || !answer.ok) return answer;
      const text = await answer.text();
      return new Response(text, { status: codeIn(text) === undefined ? 200 : 500 });
    } catch (error) {
      return broken(this.#what(method, key), error);
    }
  }

  #what(method: string, key: string): string {
    return `--store: ${method} ${this.address(key)}`;
  }
}

/** After the first. */
const attempts = 5;

function isPassing(answer: Response | Error): boolean {
  return answer instanceof Error ? !(answer instanceof UserError) : answer.status >= 500 || answer.status === 429;
}

function codeIn(text: string): string | undefined {
  return /<Code>(.*?)<\/Code>/.exec(text)?.[1];
}

/** No fault of the user's: it may pass. But what the body itself ends with is said as it is. */
function broken(what: string, error: unknown): Error {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  if (error instanceof UserError) return error;
  if (cause instanceof UserError) return cause;
  return new Error(`${what}: ${cause?.code ?? message}`);
}
