const hidden = "***";

/**
 * A text with what is secret in its URLs hidden, for whatever is printed, logged or kept: all before the last `@`, which may
 * be user and password, and what follows a `?`.
 */
export function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)(\S+)/gi, (_, scheme: string, rest: string) => {
    const at = rest.lastIndexOf("@");
    const [address, ...query] = rest.slice(at + 1).split("?");
    return `${scheme}${at < 0 ? "" : `${hidden}@`}${address}${query.length > 0 ? `?${hidden}` : ""}`;
  });
}
