/** Numbers of seven bits a byte, the first bytes counting most. */
export class Varints {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @throws RangeError behind the end, and for what is no length and no number of a row */
  next(): number {
    let value = 0;
    for (let count = 0; count < 8; count += 1) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) throw new RangeError("There are no more bytes.");
      this.at += 1;
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw new RangeError("The number is too large.");
  }
}
