import type { Backend, Entry, Key, MutableMapping, OpenOptions } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";

/** What a mapping does instead of its work, by operation; nothing: it works. */
export interface Trouble {
  open?: () => never;
  lookup?: () => Promise<Entry<unknown> | undefined>;
  set?: () => Promise<void>;
}

/** A memory backend whose mappings throw, stall or lie as told, from one moment to the next. */
export function troubledBackend(trouble: Trouble): Backend {
  const backend = memory();
  return new Proxy(backend, {
    get(target, name) {
      if (name === "open") {
        return (id: string, options?: OpenOptions) => {
          trouble.open?.();
          return troubledMapping(target.open(id, options), trouble);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}

function troubledMapping<K extends Key, V>(
  mapping: MutableMapping<K, V>,
  trouble: Trouble,
): MutableMapping<K, V> {
  return new Proxy(mapping, {
    get(target, name) {
      const instead = name === "lookup" || name === "set" ? trouble[name] : undefined;
      if (instead !== undefined) return instead;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
