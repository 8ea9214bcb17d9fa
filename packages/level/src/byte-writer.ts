/** Builds a message. Numbers are little-endian, texts and bytes have their length before them. */
export class ByteWriter {
  #parts: Uint8Array[] = [];
  #open: Buffer = Buffer.allocUnsafe(256);
  #used = 0;
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length + this.#used;
  }

  u8(value: number): void {
    const at = this.#take(1);
    this.#open[at] = value;
  }

  u32(value: number): void {
    const at = this.#take(4);
    this.#open.writeUInt32LE(value, at);
  }

  f64(value: number): void {
    const at = this.#take(8);
    this.#open.writeDoubleLE(value, at);
  }

  /** A number or nothing; NaN stands for nothing. */
  maybe(value: number | undefined): void {
    this.f64(value ?? NaN);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.u32(length);
    const at = this.#take(length);
    this.#open.write(value, at, "utf8");
  }

  /** Any string, lone surrogates included. */
  id(value: string): void {
    this.bytes(Buffer.from(value, "utf16le"));
  }

  bytes(value: Uint8Array): void {
    this.u32(value.byteLength);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    if (value.byteLength <= 1024) {
      const at = this.#take(value.byteLength);
      this.#open.set(value, at);
      return;
    }
    this.#flush();
    this.#parts.push(value);
    this.#length += value.byteLength;
  }

  /** What was written. Large parts are not copied. */
  parts(): Uint8Array[] {
    this.#flush();
    return this.#parts;
  }

  #take(bytes: number): number {
    if (this.#used + bytes > this.#open.length) {
      this.#flush();
      this.#open = Buffer.allocUnsafe(Math.max(bytes, 1024));
    }
    const at = this.#used;
    this.#used += bytes;
    return at;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#parts.push(this.#open.subarray(0, this.#used));
    this.#open = this.#open.subarray(this.#used);
    this.#length += this.#used;
    this.#used = 0;
  }
}
