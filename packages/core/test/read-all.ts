import type { Backend, Key } from "@class-cache/mapping";

/** What another handle finds in a mapping. */
export function stored<V>(backend: Backend, id: string): Promise<Map<Key, V>> {
  return collect(backend.open<Key, V>(id));
}

/** All entries; one that comes twice is an error. */
export async function collect<K, V>(entries: AsyncIterable<[K, V]>): Promise<Map<K, V>> {
  const found = new Map<K, V>();
  for await (const [key, value] of entries) {
    if (found.has(key)) throw new Error(`The key ${String(key)} came twice.`);
    found.set(key, value);
  }
  return found;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** All items of a generator and what it returned. */
export async function drained<T, R>(
  generator: AsyncGenerator<T, R>,
): Promise<{ items: T[]; returned: R }> {
  const items: T[] = [];
  for (;;) {
    const step = await generator.next();
    if (step.done === true) return { items, returned: step.value };
    items.push(step.value);
  }
}

/** The items before a generator's error, and the error. */
export async function taken<T>(
  generator: AsyncGenerator<T, unknown>,
): Promise<{ items: T[]; error: unknown }> {
  const items: T[] = [];
  try {
    for await (const item of generator) items.push(item);
  } catch (error) {
    return { items, error };
  }
  return { items, error: undefined };
}
