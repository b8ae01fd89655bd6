import { UserError } from "../files/errors.js";

/**
 * Loads a package that only some need, and that they install themselves.
 * @param what needs it, as the user knows it
 * @throws {UserError} where it is missing
 */
export async function optionalPackage<T>(what: string, names: string, importing: () => Promise<T>): Promise<T> {
  try {
    return await importing();
  } catch (error) {
    throw new UserError(
      `${what} needs ${names}, which cannot be loaded (${(error as Error).message.split("\n")[0]}); install beside taskhead: npm install ${names}`,
    );
  }
}
