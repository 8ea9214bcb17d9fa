import { malformed } from "./malformed.ts";

/** Takes a message apart. Whatever it is given, it throws nothing but the error of a malformed message. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#skip(4));
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#skip(8));
  }

  maybe(): number | undefined {
    const value = this.f64();
    return Number.isNaN(value) ? undefined : value;
  }

  text(): string {
    const length = this.u32();
    const start = this.#skip(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  id(): string {
    return Buffer.from(this.#view(this.u32())).toString("utf16le");
  }

  /** A copy, which shares no memory with the message. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#view(this.u32()));
  }

  /** So many bytes, copied. */
  raw(length: number): Buffer {
    return Buffer.from(this.#view(length));
  }

  /**
   * A list whose length stands before it. The memory it takes is bounded by the message's, of which
   * every item takes a part.
   */
  list<T>(item: () => T): T[] {
    const length = this.u32();
    const items: T[] = [];
    for (let index = 0; index < length; index += 1) items.push(item());
    return items;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed("it is longer than what it says");
  }

  #view(length: number): Buffer {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  #skip(bytes: number): number {
    const start = this.#at;
    if (start + bytes > this.#bytes.length) throw malformed("it ends too soon");
    this.#at += bytes;
    return start;
  }
}
