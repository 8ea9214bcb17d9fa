import { CacheError, StoreError } from "@class-cache/mapping";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied; check the owner and mode of the folder",
  EPERM: "permission is denied; check the owner and mode of the folder",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EMFILE: "too many files are open in this process",
  ENFILE: "too many files are open on this machine",
  ENOTDIR: "a part of the path is a file",
  EIO: "the device reports an input/output error",
  LEVEL_IO_ERROR: "the file system refused",
  LEVEL_CORRUPTION:
    "its files are damaged; nothing was deleted. Delete the folder to start anew, or have " +
    "ClassicLevel.repair() save what is left of it",
};

/** The code of an error of the operating system or of LevelDB, such as `ENOENT`. */
export function ioCode(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  // LevelDB tells why it did not open only in the cause.
  if (code === "LEVEL_DATABASE_NOT_OPEN" && cause !== undefined) return ioCode(cause);
  return typeof code === "string" ? code : undefined;
}

/** A failure below us as a `StoreError` that says what was done, where, and what that means. */
export function ioError(doing: string, path: string, error: unknown): Error {
  const code = ioCode(error);
  if (error instanceof CacheError || code === undefined || code.startsWith("ERR_")) {
    return error as Error;
  }
  const reason = REASONS[code] ?? "the system refused";
  return new StoreError(`Cannot ${doing} ${path}: ${reason} (${code}).`, { cause: error });
}
