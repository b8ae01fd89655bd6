/**
 * SHA-256, in hexadecimal: 64 digits.
 * @throws {Error} in a browser's page that is not secure, which has no hashes
 */
export async function sha256(content: Uint8Array | string): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // Browsers give hashes to secure pages alone, whatever the types say.
  const { subtle } = (globalThis.crypto ?? {}) as Partial<typeof globalThis.crypto>;
  if (!subtle) throw new Error("a store needs SHA-256, which browsers give to secure pages alone; serve it by https");
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
