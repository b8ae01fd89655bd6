import { createHash, randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "./errors.js";
import { makeFolder } from "./make-folder.js";
import { unwritableCache } from "./usual-cache.js";

/** Slots of one size in a temporary file: what does not fit into memory. What is read is what was written, or refused. */
export interface SlotFileOptions {
  /** Of a slot. */
  readonly bytes: number;
  /** Where the file is made. */
  readonly cacheDir: string;
  /** What lies in it, for its name and for messages: `images`. */
  readonly what: string;
}

/** Begins and ends of a file, by what its slots hold. */
abstract class SlotFile {
  /** Of what was written into each slot: a disk may give back something else. */
  readonly #written = new Map<number, string>();

  protected constructor(
    protected readonly options: SlotFileOptions,
    protected readonly path: string,
  ) {}

  protected static pathFor({ cacheDir, what }: SlotFileOptions): string {
    makeFolder(cacheDir);
    return join(cacheDir, `${what}-${process.pid}-${randomUUID()}.tmp`);
  }

  protected note(slot: number, content: Uint8Array): void {
    this.#written.set(slot, digest(content));
  }

  /** A write that failed, as what a user can mend where it is the disk that is full. */
  protected failed(error: unknown): unknown {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") return error;
    return new UserError(
      `no space is left for ${this.options.what} beside ${this.path}; give another folder with --cache, or raise --memory`,
    );
  }

  protected neverWritten(slot: number): Error {
    return new Error(`slot ${slot} of ${this.path} was never written`);
  }

  protected requireAsWritten(slot: number, content: Uint8Array): void {
    if (digest(content) === this.#written.get(slot)) return;
    throw new UserError(
      `${this.options.what} read again from ${this.path} are not what was written; run again, with another folder for --cache if that happens again`,
    );
  }
}

/** Whose slots are written and read side by side. */
export class AsyncSlotFile extends SlotFile {
  private constructor(
    options: SlotFileOptions,
    path: string,
    private readonly file: FileHandle,
  ) {
    super(options, path);
  }

  /** @throws {UserError} if the cache folder cannot be written */
  static async open(options: SlotFileOptions): Promise<AsyncSlotFile> {
    try {
      const path = this.pathFor(options);
      const file = await open(path, "wx+");
      // Where a file may lose its name while it is open, a killed process leaves nothing behind.
      if (process.platform !== "win32") await rm(path);
      return new AsyncSlotFile(options, path, file);
    } catch (error) {
      throw unwritableCache(options.cacheDir, error);
    }
  }

  /** @throws {UserError} if the disk is full */
  async write(slot: number, content: Uint8Array): Promise<void> {
    this.note(slot, content);
    const start = slot * this.options.bytes;
    try {
      for (let at = 0; at < content.length;)
        at += (await this.file.write(content, at, content.length - at, start + at)).bytesWritten;
    } catch (error) {
      throw this.failed(error);
    }
  }

  /** @throws {UserError} if the disk gives back something else */
  async read(slot: number, into: Uint8Array): Promise<void> {
    const start = slot * this.options.bytes;
    for (let at = 0; at < into.length;) {
      const { bytesRead } = await this.file.read(into, at, into.length - at, start + at);
      if (bytesRead === 0) throw this.neverWritten(slot);
      at += bytesRead;
    }
    this.requireAsWritten(slot, into);
  }

  async close(): Promise<void> {
    await this.file.close();
    await rm(this.path, { force: true });
  }
}

/** Whose slots are there at once when they are asked for, as an array's numbers are. */
export class SyncSlotFile extends SlotFile {
  private constructor(
    options: SlotFileOptions,
    path: string,
    private readonly file: number,
  ) {
    super(options, path);
  }

  /** @throws {UserError} if the cache folder cannot be written */
  static open(options: SlotFileOptions): SyncSlotFile {
    try {
      const path = this.pathFor(options);
      const file = openSync(path, "wx+");
      if (process.platform !== "win32") rmSync(path);
      return new SyncSlotFile(options, path, file);
    } catch (error) {
      throw unwritableCache(options.cacheDir, error);
    }
  }

  /** @throws {UserError} if the disk is full */
  write(slot: number, content: Uint8Array): void {
    this.note(slot, content);
    const start = slot * this.options.bytes;
    try {
      for (let at = 0; at < content.length;) at += writeSync(this.file, content, at, content.length - at, start + at);
    } catch (error) {
      throw this.failed(error);
    }
  }

  /** @throws {UserError} if the disk gives back something else */
  read(slot: number, into: Uint8Array): void {
    const start = slot * this.options.bytes;
    for (let at = 0; at < into.length;) {
      const read = readSync(this.file, into, at, into.length - at, start + at);
      if (read === 0) throw this.neverWritten(slot);
      at += read;
    }
    this.requireAsWritten(slot, into);
  }

  close(): void {
    closeSync(this.file);
    rmSync(this.path, { force: true });
  }
}

/** 128 bits of a SHA-256 are enough for an accident. */
function digest(content: Uint8Array): string {
  return createHash("sha256").update(content).digest().toString("latin1", 0, 16);
}
