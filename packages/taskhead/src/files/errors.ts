/** A mistake the user can mend. The message is one line naming the thing, the place and the remedy; exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** One that may be over in a while, such as a server that does not answer: what can be tried again is. */
export class PassingError extends UserError {}
