import { StoreError } from "@class-cache/mapping";

/** Bytes from the socket that are no message of this protocol. */
export function malformed(what: string): StoreError {
  return new StoreError(`A message on the socket of a LevelDB store is malformed: ${what}.`);
}
