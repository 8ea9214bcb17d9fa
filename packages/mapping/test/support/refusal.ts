import { UnkeyableError } from "../../src/errors.ts";
import { encodeKey, type Key } from "../../src/key.ts";

/** The error with which the key is refused. */
export function refusal(key: unknown, root?: string): UnkeyableError {
  try {
    encodeKey(key as Key, { root });
  } catch (error) {
    if (error instanceof UnkeyableError) return error;
    throw error;
  }
  throw new Error("was not refused");
}
