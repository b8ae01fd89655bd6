import type { ExternalData } from "@taskhead/autograd";

/** A model file, and what it keeps beside itself. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly external?: ExternalData;
}

/**
 * A model file that remembers what was read of the files beside it, each time the model was loaded: the same bytes, or
 * reading fails. So what is marked is what is used.
 * @param digest of bytes, such as a SHA-256
 * @returns the same file; its `content`, once it has been loaded, changes with any byte that was read
 */
export function remembered(
  { bytes, external }: ModelFile,
  digest: (bytes: Uint8Array) => string,
): ModelFile & { content(): string } {
  const own = digest(bytes);
  const segments = new Map<string, string>();
  const remembering: ExternalData | undefined =
    external &&
    ((path, offset, length) => {
      const read = external(path, offset, length);
      const segment = JSON.stringify([path, offset, length]);
      const found = digest(read);
      if ((segments.get(segment) ?? found) !== found) throw new Error("it has changed since it was first read");
      segments.set(segment, found);
      return read;
    });
  return {
    bytes,
    ...(remembering ? { external: remembering } : {}),
    content() {
      if (segments.size === 0) return own;
      // In an order of their own, whichever was read first.
      const lines = [...segments].map(([segment, found]) => `${segment} ${found}`).sort();
      return digest(new TextEncoder().encode([own, ...lines].join("\n")));
    },
  };
}
