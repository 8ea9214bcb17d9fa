import { expect, test } from "@jest/globals";
import type { Entry, Key, MutableMapping, OpenOptions } from "@class-cache/mapping";
import { DamagedError, encodeKey, memory, repair, verify } from "@class-cache/mapping";
import { ForwardingBackend, ForwardingMapping } from "@class-cache/testkit/broken";

/** One key is listed, and cannot be read, which is reported. */
class HalfReadable extends ForwardingMapping {
  readonly #onError: OpenOptions["onError"];

  constructor(inner: MutableMapping<Key, unknown>, onError: OpenOptions["onError"]) {
    super(inner);
    this.#onError = onError;
  }

  override async lookup(key: Key): Promise<Entry<unknown> | undefined> {
    if (key !== "bad") return super.lookup(key);
    this.#onError?.(new DamagedError(`The entry ${encodeKey(key)}`));
    return undefined;
  }
}

class HalfReadableBackend extends ForwardingBackend {
  override open<K extends Key, V>(id: string, options?: OpenOptions): MutableMapping<K, V> {
    const inner = this.inner.open<Key, unknown>(id, options);
    return new HalfReadable(inner, options?.onError) as unknown as MutableMapping<K, V>;
  }
}

test("a backend without an inspection of its own is inspected by its reads, and mended by deleting", async () => {
  await using inner = memory();
  await inner.open("first").setMany([
    ["bad", 1],
    ["good", 2],
  ]);
  const backend = new HalfReadableBackend(inner);
  const damage = { id: "first", where: encodeKey("bad"), code: "ERR_DAMAGED" };
  expect(await verify(backend)).toMatchObject({ entries: 1, damages: [damage] });
  expect(await inner.open("first").size()).toBe(2);
  expect(await repair(backend)).toMatchObject({ entries: 1, damages: [damage], left: [] });
  expect(await inner.open("first").has("bad")).toBe(false);
  expect(await verify(backend)).toMatchObject({ entries: 1, damages: [] });
});
