/** Of archives of samples. */
export const archiveEnding = /\.(tar|tar\.gz|tgz)$/i;

/** Whether a file is called as an archive. */
export function isArchive(path: string): boolean {
  return archiveEnding.test(path);
}
