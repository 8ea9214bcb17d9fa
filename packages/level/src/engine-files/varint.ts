/** Reads what LevelDB writes: numbers of seven bits a byte, and bytes behind their number. */
export class VarintReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** @returns undefined where none can be read, or it is larger than any place or length is */
  next(): number | undefined {
    let value = 0;
    for (let scale = 1; scale < 2 ** 50; scale *= 128) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) return undefined;
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return undefined;
  }

  /** @returns undefined where there are not so many */
  bytes(length: number | undefined = this.next()): Buffer | undefined {
    if (length === undefined || this.at + length > this.#bytes.length) return undefined;
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
}

/** A number of seven bits a byte. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  bytes.push(left);
  return Buffer.from(bytes);
}
