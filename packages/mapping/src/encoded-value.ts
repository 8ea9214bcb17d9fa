import type { Entry } from "./mutable-mapping.ts";

const encodedValues = new WeakMap<Entry<unknown>, Uint8Array>();

/** Notes what an entry's value was decoded from. @returns the entry */
export function withEncodedValue<V>(entry: Entry<V>, bytes: Uint8Array): Entry<V> {
  encodedValues.set(entry, bytes);
  return entry;
}

/**
 * The bytes that `lookup()` decoded an entry's value from, for who keeps values encoded and need not
 * encode this one again. They must not be changed.
 *
 * @returns undefined when the mapping does not tell
 */
export function encodedValue(entry: Entry<unknown>): Uint8Array | undefined {
  return encodedValues.get(entry);
}
