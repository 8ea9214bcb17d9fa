import { StoreError } from "../errors.ts";

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
};

/** The error code that the operating system gave, such as `ENOENT`. */
export function ioCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/**
 * An error of the file system as a `StoreError` that says what was done, where, and what that means.
 * An error without a code, or with one of class-cache or Node.js itself, is returned as it is.
 *
 * @param reasons what the codes of a store's engine mean, beside those of the operating system
 */
export function ioError(
  doing: string,
  path: string,
  error: unknown,
  reasons: Readonly<Record<string, string>> = {},
): Error {
  const code = ioCode(error);
  if (code === undefined || code.startsWith("ERR_")) return error as Error;
  const reason = reasons[code] ?? REASONS[code] ?? "the system refused";
  return new StoreError(`Cannot ${doing} ${path}: ${reason} (${code}).`, { cause: error });
}
