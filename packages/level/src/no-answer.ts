import { StoreError } from "@class-cache/mapping";
import { ioCode } from "@class-cache/mapping/disk";

const CODE = "ETIMEDOUT";

/** @param timeout milliseconds for which the owner of a store has not been heard of */
export function noAnswer(dir: string, timeout: number): StoreError {
  const cause = Object.assign(new Error("No answer came."), { code: CODE });
  return new StoreError(
    `The process that owns the LevelDB store in ${dir} has not answered for ` +
      `${timeout / 1000} s: it is stopped or too busy. Whether a write took effect is unknown.`,
    { cause },
  );
}

/** Whether an error says no more than that the owner has not answered. */
export function isNoAnswer(error: unknown): boolean {
  return error instanceof StoreError && ioCode(error.cause) === CODE;
}
