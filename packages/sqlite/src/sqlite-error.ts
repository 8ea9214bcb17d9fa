import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { CacheError, DamagedError, StoreError } from "@class-cache/mapping";
import { ioError } from "@class-cache/mapping/disk";

/** Primary result codes of SQLite. */
const code = {
  error: 1,
  perm: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  tooBig: 18,
  notADatabase: 26,
} as const;

const REASONS: Readonly<Record<number, string>> = {
  [code.perm]: "permission is denied; check the owner and mode of the file and its folder",
  [code.busy]: "another process keeps it locked; it may be stopped, or busyTimeout is too short",
  [code.locked]: "another connection keeps it locked",
  [code.noMemory]: "memory is used up",
  [code.readOnly]: "it is read-only; check the owner and mode of the file and its folder",
  [code.io]: "the device reports an input/output error",
  [code.full]: "the disk is full",
  [code.cantOpen]: "it cannot be opened; check the owner and mode of the file and its folder",
  [code.tooBig]: "the value is larger than SQLite can hold (1 GB)",
};

/**
 * What damage looks like. The statements are fixed, so that an error in one of them, or a number
 * that no release writes, means that the file is not what was written.
 */
const damage: ReadonlySet<number> = new Set([code.error, code.corrupt, code.notADatabase]);

/** A page that the file says it has, and has not. */
const SHORT_READ = 522;

function primaryCode(error: unknown): number | undefined {
  const extended = (error as { errcode?: unknown } | null | undefined)?.errcode;
  return typeof extended === "number" ? extended & 0xff : undefined;
}

/** Somebody else holds the lock that was needed; a later try may succeed. */
export function isBusy(error: unknown): boolean {
  const primary = primaryCode(error);
  return primary === code.busy || primary === code.locked;
}

/** As SQLite says it. */
export function busyError(path: string): Error {
  return Object.assign(new Error(`${path} is locked`), { errcode: code.busy });
}

/** There is no room for what was to be written, be it beside the file or in the folder for temporary files. */
export function lacksRoom(error: unknown): boolean {
  const primary = primaryCode(error);
  return (
    primary === code.full ||
    primary === code.cantOpen ||
    primary === code.io ||
    primary === code.noMemory
  );
}

/** The file is not what was written to it. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedError) return true;
  const primary = primaryCode(error);
  if (primary !== undefined) {
    return damage.has(primary) || (error as { errcode?: unknown }).errcode === SHORT_READ;
  }
  return (error as { code?: unknown } | null | undefined)?.code === "ERR_OUT_OF_RANGE";
}

/** SQLite takes a file for one that may only be read, although the system would let it write. */
export function isReadOnlyByDamage(error: unknown, path: string): boolean {
  if (primaryCode(error) !== code.readOnly) return false;
  try {
    for (const each of [path, dirname(path)]) accessSync(each, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * What SQLite says of the damage that it met.
 *
 * @throws the error, where it is none of damage
 */
export function damageIn(error: unknown): string {
  if (!isDamage(error)) throw error;
  return (error as Error).message;
}

/** An error of SQLite or the file system as one of class-cache that says what was done and where. */
export function storeError(doing: string, path: string, cause: unknown): Error {
  if (cause instanceof CacheError) return cause;
  if (isDamage(cause)) return new DamagedError(`The SQLite store ${path}`, { cause });
  const primary = primaryCode(cause);
  if (primary === undefined) {
    const isOfSystem = typeof (cause as { syscall?: unknown }).syscall === "string";
    return isOfSystem ? ioError(doing, path, cause) : (cause as Error);
  }
  const reason = REASONS[primary] ?? "the system refused";
  return new StoreError(`Cannot ${doing} ${path}: ${reason} (SQLite ${primary}).`, { cause });
}
