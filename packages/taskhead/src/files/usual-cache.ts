import envPaths from "env-paths";
import { UserError } from "./errors.js";

/** The user's cache folder, for whom names no other. */
export function usualCache(): string {
  return envPaths("taskhead", { suffix: "" }).cache;
}

/** What to say of a cache folder that cannot be made or written. @param error the system's */
export function unwritableCache(folder: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  return new UserError(`the cache folder ${folder} cannot be written (${code}); give another with --cache`);
}
