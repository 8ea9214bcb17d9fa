import { StoreError } from "@class-cache/mapping";

/** A lock that was not to be had in the time that upkeep may take: its holder hangs or is stopped. */
export function lockTimeout(what: string, patience: number): StoreError {
  return new StoreError(
    `Another process has held the lock of ${what} for over ${patience / 1000} s; it may be stopped.`,
  );
}
