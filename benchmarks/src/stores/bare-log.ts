import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { CodecContext, ValueCodec } from "@class-cache/mapping";
import type { Entry, Store } from "./store.ts";

/**
 * The least that a persistent store can be: an append-only file, an index of it in memory, and a
 * codec. No checks, no sharing, no recovery.
 */
export class BareLog implements Store {
  readonly #fd: number;
  readonly #codec: ValueCodec;
  readonly #context: CodecContext = { id: "bare", key: "" };
  readonly #index = new Map<string, { readonly offset: number; readonly length: number }>();
  #end = 0;

  constructor(path: string, codec: ValueCodec) {
    this.#fd = openSync(path, "a+", 0o600);
    this.#codec = codec;
  }

  get(key: string): unknown {
    const place = this.#index.get(key);
    if (place === undefined) return undefined;
    const bytes = Buffer.allocUnsafe(place.length);
    readSync(this.#fd, bytes, 0, place.length, place.offset);
    return this.#codec.decode(bytes, this.#context);
  }

  has(key: string): boolean {
    return this.#index.has(key);
  }

  set(key: string, value: unknown): void {
    writeSync(this.#fd, this.#record(key, value));
  }

  setAll(entries: readonly Entry[]): void {
    writeSync(this.#fd, Buffer.concat(entries.map(([key, value]) => this.#record(key, value))));
  }

  getAll(keys: readonly string[]): unknown[] {
    return keys.map((key) => this.get(key));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #record(key: string, value: unknown): Buffer {
    const bytes = this.#codec.encode(value, this.#context) as Uint8Array;
    const keyLength = Buffer.byteLength(key);
    const record = Buffer.allocUnsafe(8 + keyLength + bytes.length);
    record.writeUInt32LE(keyLength, 0);
    record.writeUInt32LE(bytes.length, 4);
    record.write(key, 8);
    record.set(bytes, 8 + keyLength);
    this.#index.set(key, { offset: this.#end + 8 + keyLength, length: bytes.length });
    this.#end += record.length;
    return record;
  }
}
