import { StoreError } from "@class-cache/mapping";
import { ioCode, ioError } from "@class-cache/mapping/disk";

/** LevelDB's code for files that are not as it wrote them. */
export const DAMAGED = "LEVEL_CORRUPTION";

const REASONS: Readonly<Record<string, string>> = {
  LEVEL_IO_ERROR: "the file system refused",
  [DAMAGED]:
    "its files are damaged; nothing was deleted. Delete the folder to start anew, or have " +
    "`repair()` of @class-cache/mapping save what is left of it",
};

/** The code of an error of LevelDB, such as `LEVEL_LOCKED`. */
export function levelCode(error: unknown): string | undefined {
  return ioCode(told(error));
}

/** An error of LevelDB as a `StoreError` that says what was done, where, and what that means. */
export function levelError(doing: string, path: string, error: unknown): Error {
  return ioError(doing, path, told(error), REASONS);
}

/** Whether an error says that LevelDB does not open a database because its files are damaged. */
export function isRefusal(error: unknown): boolean {
  return error instanceof StoreError && levelCode(error.cause) === DAMAGED;
}

/** LevelDB tells why it did not open only in the cause. */
function told(error: unknown): unknown {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === "LEVEL_DATABASE_NOT_OPEN" && cause !== undefined ? told(cause) : error;
}
