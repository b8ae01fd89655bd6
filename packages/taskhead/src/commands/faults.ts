import { ModelError } from "@taskhead/autograd";
import { DivergedError } from "@taskhead/core";
import { DamagedError, DataError, isOutOfMemory, RuntimeError } from "@taskhead/core/internals";

/** Errors of the packages below whose message says what to mend. Costly to load, unless one of them is on its way. */
const ofTheUser = [ModelError, RuntimeError, DivergedError, DamagedError, DataError] as const;

export function isOfTheUser(error: unknown): error is Error {
  return ofTheUser.some((kind) => error instanceof kind);
}

/** What to say where the system has no memory left; undefined of any other error. */
export function memoryFault(error: unknown): string | undefined {
  if (!(error instanceof RangeError) || !isOutOfMemory(error.message)) return undefined;
  return `memory is short (${error.message}); close other programs, raise the limit (ulimit -v), or use a smaller --batch or --size`;
}
