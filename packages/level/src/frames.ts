import { malformed } from "./malformed.ts";

/** Bytes that say how long a frame is. */
const LENGTH_BYTES = 4;

/** Longest frame between a guest and the owner: bounds what a broken or evil peer makes us keep. */
export const LONGEST_FRAME: number = 512 * 1024 * 1024;

/** A frame of these parts, its length before it. */
export function frameOf(parts: readonly Uint8Array[]): Uint8Array[] {
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32LE(lengthOf(parts));
  return [length, ...parts];
}

export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

/** Cuts a stream of bytes into the frames that were sent. Keeps no more than one frame and a chunk. */
export class FrameReader {
  /** Frames longer than this are refused before they are read. */
  limit: number;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes of the frame that is being read, the length included. */
  #wanted: number = LENGTH_BYTES;
  #knowsLength = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /**
   * @returns the next whole frame; undefined: more bytes are needed
   * @throws StoreError when the frame is longer than the limit
   */
  next(): Buffer | undefined {
    if (!this.#knowsLength) {
      if (this.#length < LENGTH_BYTES) return undefined;
      const length = this.#head(LENGTH_BYTES).readUInt32LE(0);
      if (length > this.limit) throw malformed(`it is ${length} bytes long`);
      this.#wanted = LENGTH_BYTES + length;
      this.#knowsLength = true;
    }
    if (this.#length < this.#wanted) return undefined;
    const head = this.#head(this.#wanted);
    const frame = head.subarray(LENGTH_BYTES, this.#wanted);
    if (head.length === this.#wanted) this.#chunks.shift();
    else this.#chunks[0] = head.subarray(this.#wanted);
    this.#length -= this.#wanted;
    this.#knowsLength = false;
    return frame;
  }

  /** The first chunk, joined with others until it has so many bytes. */
  #head(bytes: number): Buffer {
    const first = this.#chunks[0]!;
    if (first.length >= bytes) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }
}
