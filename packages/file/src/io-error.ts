import { StoreError } from "@class-cache/mapping";

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

/** Whether a `StoreError` says that the disk or the quota leaves no room. */
export function isDiskFull(error: unknown): boolean {
  const code = ioCode((error as { cause?: unknown } | null | undefined)?.cause);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** An error of the file system as a `StoreError` that says what was done, where, and what that means. */
export function ioError(doing: string, path: string, error: unknown): Error {
  const code = ioCode(error);
  if (code === undefined || code.startsWith("ERR_")) return error as Error;
  const reason = REASONS[code] ?? "the system refused";
  return new StoreError(`Cannot ${doing} ${path}: ${reason} (${code}).`, { cause: error });
}
