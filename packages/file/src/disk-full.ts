import { ioCode } from "@class-cache/mapping/disk";

/** Whether a `StoreError` says that the disk or the quota leaves no room. */
export function isDiskFull(error: unknown): boolean {
  const code = ioCode((error as { cause?: unknown } | null | undefined)?.cause);
  return code === "ENOSPC" || code === "EDQUOT";
}
