import { ModelError } from "@taskhead/autograd";
import { DivergedError } from "@taskhead/core";
import { DamagedError, DataError, RuntimeError } from "@taskhead/core/internals";

/** Errors of the packages below whose message says what to mend. Costly to load, unless one of them is on its way. */
const ofTheUser = [ModelError, RuntimeError, DivergedError, DamagedError, DataError] as const;

export function isOfTheUser(error: unknown): error is Error {
  return ofTheUser.some((kind) => error instanceof kind);
}
