import { types } from "node:util";
import type { Awaitable } from "./awaitable.ts";
import { settle } from "./awaitable.ts";
import { decodeWith } from "./decoding.ts";
import { DamagedError } from "./errors.ts";
import type { LentEntry } from "./lent-value.ts";
import { lentPieces } from "./lent-value.ts";
import type { Entry, SetOptions } from "./mutable-mapping.ts";
import type { MappingSettings } from "./settings.ts";
import type { StoredEntry } from "./stored.ts";
import { checkTime } from "./stored.ts";

/** Turns the values of a mapping into entries as backends hold them, and back. */
export class EntryCodec<V> {
  readonly #id: string;
  readonly #settings: MappingSettings;

  constructor(id: string, settings: MappingSettings) {
    this.#id = id;
    this.#settings = settings;
  }

  encode(key: string, value: V, options?: SetOptions): Awaitable<StoredEntry> {
    const terms = this.#terms(options);
    const encoded = this.#settings.codec.encode(value, { id: this.#id, key });
    return settle(encoded, (bytes) => ({ value: bytes, ...terms }));
  }

  /** An entry that refers to the value's own memory; undefined where that cannot stand for its bytes. */
  lend(value: V, options?: SetOptions): LentEntry | undefined {
    const pieces = lentPieces(this.#settings.codec, value);
    return pieces && { pieces, ...this.#terms(options) };
  }

  /** @returns undefined for bytes that cannot be decoded, which is reported */
  decode(key: string, stored: StoredEntry): Awaitable<Entry<V> | undefined> {
    const entry = (value: unknown): Entry<V> => ({
      value: value as V,
      storedAt: stored.storedAt,
      expiresAt: stored.expiresAt,
      cost: stored.cost,
    });
    try {
      const value = decodeWith(this.#settings.codec, stored.value, { id: this.#id, key });
      if (!types.isPromise(value)) return entry(value);
      return value.then(entry, (error: unknown) => this.#undecodable(key, error));
    } catch (error) {
      return this.#undecodable(key, error);
    }
  }

  #terms(options: SetOptions | undefined): Omit<StoredEntry, "value"> {
    const expiresAt = checkTime(options?.expiresAt, "set.expiresAt");
    const cost = checkTime(options?.cost, "set.cost");
    return { storedAt: this.#settings.clock.now(), expiresAt, cost };
  }

  #undecodable(key: string, cause: unknown): undefined {
    const what = `The value of ${key} in the mapping ${JSON.stringify(this.#id)}`;
    this.#settings.onError(
      cause instanceof DamagedError ? cause : new DamagedError(what, { cause }),
    );
    return undefined;
  }
}
