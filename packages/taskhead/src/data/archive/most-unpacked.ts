import { UserError } from "../../files/errors.js";

/**
 * Pictures are compressed already: gzip makes of them as much again, or a little less. Of small texts, headers and padding are most of an
 * archive, and nearly nothing of what gzip makes of it. More is a mistake, or a bomb.
 */
const mostTimes = { pictures: 20, texts: 200 } as const;
const freeBytes = 2 ** 22;

/** What an archive holds. */
export type ArchiveContent = keyof typeof mostTimes;

/** Bytes that an archive may unpack to. @param size of it */
export function mostUnpacked(size: number, content: ArchiveContent): number {
  return Math.max(mostTimes[content] * size, freeBytes);
}

/** What is said of one that unpacks to more. */
export function unpacksToMore(path: string, size: number, content: ArchiveContent): UserError {
  const mb = (bytes: number): string => Math.ceil(bytes / 1e6).toLocaleString("en");
  return new UserError(
    `${path} unpacks to more than ${mb(mostUnpacked(size, content))} MB from ${mb(size)}, as no ${content} do; unpack it yourself (gunzip) if that is right, and give the .tar`,
  );
}
