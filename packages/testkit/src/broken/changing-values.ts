import type { Entry, Key, SetOptions } from "@class-cache/mapping";
import type { BrokenBackend } from "./broken-backend.ts";
import { brokenMapping } from "./broken-backend.ts";
import { ForwardingMapping } from "./forwarding-mapping.ts";

/** Changes every value before it is stored. */
abstract class Revalued extends ForwardingMapping {
  protected abstract revalue(value: unknown): unknown;

  override set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
    return super.set(key, this.revalue(value), options);
  }

  override setMany(
    entries: Iterable<readonly [Key, unknown]>,
    options?: SetOptions,
  ): Promise<void> {
    return super.setMany(
      Array.from(entries, ([key, value]) => [key, this.revalue(value)] as const),
      options,
    );
  }

  override setDefault(key: Key, value: unknown): Promise<unknown> {
    return super.setDefault(key, this.revalue(value));
  }
}

/** Values that do not come back as they were. */
export const changingValues: readonly BrokenBackend[] = [
  brokenMapping(
    "loses-undefined",
    "a stored undefined comes back as null",
    "basics",
    class extends Revalued {
      protected revalue(value: unknown): unknown {
        return value === undefined ? null : value;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "skips-undefined",
    "a stored undefined is taken for absence",
    "basics",
    class extends ForwardingMapping {
      override async has(key: Key): Promise<boolean> {
        return (await super.get(key)) !== undefined;
      }

      override async lookup(key: Key): Promise<Entry<unknown> | undefined> {
        const entry = await super.lookup(key);
        return entry?.value === undefined ? undefined : entry;
      }
    },
  ),
  brokenMapping(
    "loses-minus-zero",
    "-0 comes back as 0",
    "values",
    class extends Revalued {
      protected revalue(value: unknown): unknown {
        return Object.is(value, -0) ? 0 : value;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "fills-holes",
    "the holes of a list come back as undefined",
    "values",
    class extends Revalued {
      protected revalue(value: unknown): unknown {
        return Array.isArray(value) ? Array.from(value as unknown[]) : value;
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "loses-classes",
    "instances come back as plain objects",
    "values",
    class extends Revalued {
      protected revalue(value: unknown): unknown {
        try {
          return structuredClone(value);
        } catch {
          return value;
        }
      }
    } as typeof ForwardingMapping,
  ),
  brokenMapping(
    "forgets-on-refusal",
    "a set that is refused has deleted the old value",
    "values",
    class extends ForwardingMapping {
      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        await super.delete(key);
        await super.set(key, value, options);
      }
    },
  ),
  brokenMapping(
    "gives-callers-object",
    "get gives the very object that was set",
    "values",
    class extends ForwardingMapping {
      readonly #objects = new Map<Key, unknown>();

      override async set(key: Key, value: unknown, options?: SetOptions): Promise<void> {
        await super.set(key, value, options);
        this.#objects.set(key, value);
      }

      override async get(key: Key): Promise<unknown> {
        const value = await super.get(key);
        return value !== undefined && this.#objects.has(key) ? this.#objects.get(key) : value;
      }
    },
  ),
  brokenMapping(
    "splits-shared-objects",
    "an object that occurs twice comes back as two",
    "values",
    class extends Revalued {
      protected revalue(value: unknown): unknown {
        const isPair = typeof value === "object" && value !== null && "one" in value;
        return isPair ? (JSON.parse(JSON.stringify(value)) as unknown) : value;
      }
    } as typeof ForwardingMapping,
  ),
];
