import type { CodecContext, ValueCodec } from "@class-cache/mapping";
import { ClassicLevel } from "classic-level";
import type { Entry, Store } from "./store.ts";

/** A LevelDB database of one process. No checks, no checksums, no expiry, no sharing. */
export class BareLevel implements Store {
  readonly #db: ClassicLevel<string, Uint8Array>;
  readonly #codec: ValueCodec;
  readonly #context: CodecContext = { id: "bare", key: "" };

  private constructor(db: ClassicLevel<string, Uint8Array>, codec: ValueCodec) {
    this.#db = db;
    this.#codec = codec;
  }

  static async open(path: string, codec: ValueCodec): Promise<BareLevel> {
    const options = { keyEncoding: "utf8", valueEncoding: "buffer" };
    const db = new ClassicLevel<string, Uint8Array>(path, options);
    await db.open();
    return new BareLevel(db, codec);
  }

  get(key: string): unknown {
    const bytes = this.#db.getSync(key);
    return bytes === undefined ? undefined : this.#codec.decode(bytes, this.#context);
  }

  has(key: string): boolean {
    return this.#db.getSync(key) !== undefined;
  }

  set(key: string, value: unknown): Promise<void> {
    return this.#db.put(key, this.#encode(value));
  }

  setAll(entries: readonly Entry[]): Promise<void> {
    return this.#db.batch(
      entries.map(([key, value]) => ({ type: "put", key, value: this.#encode(value) }) as const),
    );
  }

  getAll(keys: readonly string[]): unknown[] {
    return keys.map((key) => this.get(key));
  }

  compact(): Promise<void> {
    return this.#db.compactRange("", "\uffff");
  }

  close(): Promise<void> {
    return this.#db.close();
  }

  #encode(value: unknown): Uint8Array {
    return this.#codec.encode(value, this.#context) as Uint8Array;
  }
}
