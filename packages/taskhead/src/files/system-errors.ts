/** What the system's refusals mean, and what helps. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission is denied; change its permissions, or give another place",
  EBUSY: "another program holds it; close that and run the same command again",
  EDQUOT: "your share of the disk is full; free some space and run the same command again",
  EEXIST: "there is a file where a folder is needed; give another path",
  EFBIG: "the file would be larger than is allowed here; raise that limit (ulimit -f), or give another place",
  EIO: "the disk cannot be read or written; check it, or give another place",
  EISDIR: "it is a folder where a file is needed; give another path",
  ELOOP: "its links lead in a circle; mend them",
  EMFILE: "too many files are open at once; raise that limit, as ulimit -n 4096 does, and run the same command again",
  ENAMETOOLONG: "the name is too long; give a shorter one",
  ENFILE: "too many files are open on this machine; close some programs and run the same command again",
  ENODEV: "there is no such device; give another place",
  ENOENT: "there is no such file or folder; check the path",
  ENOMEM: "memory is short; close other programs, or use a smaller --batch or --size",
  ENOSPC: "the disk is full; free some space and run the same command again",
  ENOTDIR: "a part of its path is a file, not a folder; give another path",
  ENOTEMPTY: "the folder is not empty; give another place",
  ENXIO: "there is no such device; give another place",
  EPERM: "this is not permitted; give another place",
  EROFS: "it lies where nothing can be written; give another place",
  ESTALE: "its network folder has gone; connect it and run the same command again",
  ETXTBSY: "another program is running it; close that and run the same command again",
};

/**
 * What to say of an error of the operating system: the place, what is wrong, what helps.
 * @returns undefined for any other error
 */
export function systemFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  // Node's own errors have codes too, such as ERR_INVALID_ARG_TYPE, and no system call.
  if (code === undefined || syscall === undefined || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  const place = path ?? dest ?? (syscall === "write" ? "the output" : "a file");
  if (hasLostItsName(error)) return `${place}: its name is not in UTF-8; rename it`;
  return `${place}: ${meanings[code] ?? `the system refuses (${syscall}); check it`} (${code})`;
}

/** Whether a path that was listed cannot be found: Node writes U+FFFD for bytes of a name that are not UTF-8. */
export function hasLostItsName({ code, path }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" && path !== undefined && path.includes("\uFFFD");
}

/** An error of the system, about this file: not about its temporary one, or about a number that stands for it. */
export function at(path: string, error: unknown): unknown {
  if (systemFault(error) !== undefined) (error as NodeJS.ErrnoException).path = path;
  return error;
}
