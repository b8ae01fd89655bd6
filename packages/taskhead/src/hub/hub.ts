import { resolve } from "node:path";
import type { HubApiError } from "@huggingface/hub";
import type { Listener } from "../data/listener.js";
import { UserError } from "../files/errors.js";
import { addressText, inWords, isCommit, type HubAddress } from "../files/hub-address.js";
import { hubFetch, UnreachableError, type RequestOptions } from "./requests.js";
import { hubSettings, type HubSettings } from "./settings.js";

/** The client, which takes a while to load. */
type Client = typeof import("@huggingface/hub");

/** What every call of the client takes. */
export interface Access {
  readonly hubUrl: string;
  readonly fetch: typeof fetch;
  readonly accessToken?: string;
}

type Repository = Pick<HubAddress, "kind" | "name"> & Partial<Pick<HubAddress, "revision">>;

/** The Hugging Face hub, or a server that speaks its API, as the environment names it. */
export class Hub {
  private constructor(
    readonly client: Client,
    readonly settings: HubSettings,
    readonly listener: Listener,
    private readonly requests: Pick<RequestOptions, "waits">,
  ) {}

  /** @throws {UserError} if the environment's HF_… variables make no sense */
  static async open(listener: Listener = {}, requests: Pick<RequestOptions, "waits"> = {}): Promise<Hub> {
    const settings = hubSettings();
    return new Hub(await import("@huggingface/hub"), settings, listener, requests);
  }

  /** The folder that all clients of the hub keep files in. */
  get cache(): string {
    return resolve(this.client.getHFHubCachePath());
  }

  /**
   * Does something with a repository, and says in a line what is wrong with it.
   * @param doing what a refusal refuses: `be read`
   * @throws {UserError} if the hub refuses, or cannot be reached
   */
  async call<T>(of: Repository, work: (access: Access) => Promise<T>, doing = "be read"): Promise<T> {
    const { endpoint, token } = this.settings;
    let reason: string | null = null;
    const own = hubFetch({ endpoint, signal: this.listener.signal, ...this.requests });
    const noting: typeof fetch = async (...asked) => {
      const answer = await own(...asked);
      if (!answer.ok) reason = answer.headers.get("x-error-code");
      return answer;
    };
    try {
      return await work({ hubUrl: endpoint, fetch: noting, ...(token === undefined ? {} : { accessToken: token }) });
    } catch (error) {
      this.listener.signal?.throwIfAborted();
      throw this.#inALine(error, of, reason, doing);
    }
  }

  /** The commit that a revision is at. */
  async commitOf({ kind, name, revision }: HubAddress): Promise<string> {
    const asked = { name, revision, additionalFields: ["sha"] as ["sha"] };
    const { sha } = await this.call({ kind, name, revision }, (access) =>
      kind === "model"
        ? this.client.modelInfo({ ...asked, ...access })
        : this.client.datasetInfo({ ...asked, ...access }),
    );
    if (typeof sha === "string" && isCommit(sha)) return sha;
    throw new UserError(
      `${this.settings.host} does not say which commit ${named({ kind, name })} is at; check HF_ENDPOINT`,
    );
  }

  #inALine(error: unknown, of: Repository, reason: string | null, doing: string): unknown {
    const { host, endpoint, token } = this.settings;
    if (error instanceof UserError) return error;
    if (error instanceof UnreachableError)
      return new UserError(
        `${error.host} cannot be reached (${error.code}); check the network and HF_ENDPOINT, or set HF_HUB_OFFLINE=1 to use what is in the cache`,
      );
    if (error instanceof SyntaxError || error instanceof this.client.InvalidApiResponseFormatError)
      return new UserError(
        `${host} answers otherwise than the hub does; check HF_ENDPOINT, and that no proxy is between`,
      );
    if (!isApiError(error, this.client)) return error;
    const { statusCode: status } = error;
    const what = named(of);
    const place = `${endpoint}/${of.kind === "dataset" ? "datasets/" : ""}${of.name}`;
    if (reason === "RevisionNotFound")
      return new MissingRevisionError(
        `${what} has no revision '${of.revision}' at ${host} (404); give a branch, a tag or a commit that ${place} has`,
      );
    if (reason === "GatedRepo" || status === 403)
      return new UserError(
        `${what} cannot ${doing} with ${token === undefined ? "no token" : "this HF_TOKEN"} (${status}: it is gated, or its owner has not let you in); ask for access at ${place}${token === undefined ? ", and set HF_TOKEN" : ""}`,
      );
    if (status === 401)
      return new UserError(
        token === undefined
          ? `${what} cannot ${doing} without a token (401: it is private, or not there); check the name, or set HF_TOKEN in the environment`
          : `${what} cannot ${doing} with this HF_TOKEN (401: it is not valid, or may not do that); check the name, or take another token from ${endpoint}/settings/tokens`,
      );
    if (status === 404)
      return new UserError(
        `${what} is not at ${host} (404)${token === undefined ? "" : ", or this HF_TOKEN may not see it"}; check its name${token === undefined ? ", or set HF_TOKEN if it is private" : ""}`,
      );
    if (status === 429)
      return new UserError(`${host} has had too many requests from here (429); run the same command again later`);
    if (status >= 500) return new UserError(`${host} fails at ${what} (${status}); run the same command again later`);
    return new UserError(
      `${what} cannot ${doing}: ${host} says ${status}${this.#told(error)}; check what was asked for`,
    );
  }

  /** The server's own words, in which a token has no place. */
  #told({ data }: HubApiError): string {
    const told = data?.["error"] ?? data?.["message"];
    if (typeof told !== "string" || told === "") return "";
    const { token } = this.settings;
    const line = told.split("\n")[0]!.slice(0, 200);
    return ` (${token === undefined ? line : line.replaceAll(token, "***")})`;
  }
}

/** A repository that has not the branch, tag or commit that was asked for. */
export class MissingRevisionError extends UserError {}

function isApiError(error: unknown, { HubApiError }: Client): error is HubApiError {
  return error instanceof HubApiError;
}

/** "the data set hf:org/name" */
export function named({ kind, name }: Repository): string {
  return `the ${inWords[kind]} ${addressText({ name, revision: "main", path: "" })}`;
}
