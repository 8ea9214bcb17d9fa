/** Gives memory, whatever its bytes are. */
export type Allot = (this: void, bytes: number) => Buffer;

export const freshMemory: Allot = (bytes) => Buffer.allocUnsafe(bytes);

/** As much as one batch may have, so that the records of most batches find room. */
const BYTES: number = 4 * 1024 * 1024;

/** Records begin where a processor takes whole words. */
const ALIGNMENT = 8;

/**
 * Memory for the records of writes that are asked for, used again once all of them are made. To get fresh
 * memory for a large record takes longer than to fill it, and has garbage collected all the time.
 */
export class RecordMemory {
  #memory: Buffer | undefined;
  #used = 0;

  /** Memory that is the caller's until `reuse`. */
  readonly allot: Allot = (bytes) => {
    const from = this.#used;
    if (from + bytes > BYTES) return freshMemory(bytes);
    this.#memory ??= Buffer.allocUnsafeSlow(BYTES);
    this.#used = Math.ceil((from + bytes) / ALIGNMENT) * ALIGNMENT;
    return this.#memory.subarray(from, from + bytes);
  };

  /** Nobody reads any more what was allotted. */
  reuse(): void {
    this.#used = 0;
  }
}
