import { UserError } from "../files/errors.js";

/** How the hub is reached, as all its clients are told: by the environment. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** The endpoint's host, as it is named to people. */
  readonly host: string;
  /** Of whoever asks. It goes to the endpoint alone, and is never written anywhere. */
  readonly token?: string;
  /** Whether what is in the cache has to do. */
  readonly offline: boolean;
}

/**
 * Reads HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE.
 * @throws {UserError} on a value that cannot be meant; it is not repeated where it may be secret
 */
export function hubSettings(env: NodeJS.ProcessEnv = process.env): HubSettings {
  const endpoint = env["HF_ENDPOINT"]?.trim() || "https://huggingface.co";
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url && (url.username !== "" || url.password !== ""))
    throw new UserError("HF_ENDPOINT holds a user or a password; give the address alone, and a token in HF_TOKEN");
  if (!url || !/^https?:$/.test(url.protocol) || url.search !== "")
    throw new UserError(`HF_ENDPOINT wants an address such as https://huggingface.co, not '${endpoint.split("?")[0]}'`);
  const token = env["HF_TOKEN"]?.trim() || undefined;
  if (token !== undefined && !/^hf_[\w-]+$/.test(token))
    throw new UserError(
      `HF_TOKEN is no token of the hub, which begin with hf_; take one from ${endpoint.replace(/\/+$/, "")}/settings/tokens, or unset it`,
    );
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    host: url.host,
    ...(token === undefined ? {} : { token }),
    offline: /^(1|true|yes|on)$/i.test(env["HF_HUB_OFFLINE"]?.trim() ?? ""),
  };
}
