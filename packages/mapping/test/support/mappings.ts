import type { Key, MutableMapping } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";

/** A mapping of its own with so many entries, `0` to `"value 0"` and so on. */
export async function numbered(count: number): Promise<MutableMapping<number, string>> {
  const mapping = memory().open<number, string>("numbered");
  await mapping.setMany(Array.from({ length: count }, (_, index) => [index, `value ${index}`]));
  return mapping;
}

export function emptyMapping<K extends Key, V>(): MutableMapping<K, V> {
  return memory().open<K, V>("target");
}

export async function contents<V>(mapping: MutableMapping<Key, V>): Promise<Map<Key, V>> {
  const found = new Map<Key, V>();
  for await (const [key, value] of mapping) found.set(key, value);
  return found;
}

/** Bytes of all encoded values. */
export async function sizeOf(mapping: MutableMapping<Key, unknown>): Promise<number> {
  let bytes = 0;
  for await (const record of mapping.records()) bytes += record.bytes;
  return bytes;
}
