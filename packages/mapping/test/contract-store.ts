import type { Backend, Clock, Key, MutableMapping } from "@class-cache/mapping";

/** What a backend under test has to be made with. */
export interface ContractOptions {
  readonly clock?: Clock;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

/** Makes backends that all share one store, which is fresh at the first call in each test. */
export interface ContractStore {
  make(options: ContractOptions): Backend;
  /** Removes the store. */
  end(): void;
}

/** Kinds of values that not every codec keeps. */
export interface ContractValues {
  /** Whether the codec keeps `undefined`, `NaN`, bytes and maps. Default: true. */
  readonly rich?: boolean;
}

/** What the cases work on. */
export interface ContractSubject {
  readonly backendOf: (options?: ContractOptions) => Backend;
  readonly mappingOf: (options?: ContractOptions) => MutableMapping<Key, unknown>;
}

/** What an iteration gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
