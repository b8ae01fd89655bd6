import { readFile } from "node:fs/promises";
import { inflateSync } from "node:zlib";
import { UserError } from "../files/errors.js";
import { requireRegular } from "../files/open-regular.js";
import { sha256 } from "../files/sha256.js";
import { shown } from "../files/shown.js";
import { MaskError } from "./mask.js";
import { readPng, type Inflate, type RawPng } from "./png.js";

/** By Node's zlib. */
export const inflate: Inflate = (data, size) => inflateSync(data, { maxOutputLength: size });

/** The bytes of a mask's file. @throws {MaskError} */
export async function maskFile(path: string): Promise<Buffer> {
  try {
    requireRegular(path);
    return await readFile(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new MaskError(shown(path), `it cannot be read (${code}); check its permissions`);
  }
}

/** A mask's file as it is stored. @param content the SHA-256 that it must still have @throws {UserError} */
export async function readRawMask(path: string, content?: string): Promise<RawPng> {
  const file = await maskFile(path);
  if (content !== undefined && content !== sha256(file))
    throw new UserError(`${path} has changed since this run began; run the same command again`);
  const raw = readPng(file, inflate);
  if (typeof raw === "string") throw new MaskError(shown(path), raw);
  return raw;
}
