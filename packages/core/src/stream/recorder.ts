import { randomBytes } from "node:crypto";
import type { Lease } from "@class-cache/mapping";
import type { RecordingChunks } from "./recording-chunks.ts";
import type { Recording } from "./recording.ts";

/** A chunk is full when it has so many bytes or so many items; one item alone may be larger. */
const CHUNK_BYTES = 256 * 1024;
const CHUNK_ITEMS = 1024;

/** What a recorder writes to. */
export interface RecorderPlace {
  readonly chunks: RecordingChunks;
  /** The call's key. */
  readonly key: string;
  /** When the chunks cease to exist; undefined: never. */
  readonly expiresAt: number | undefined;
  /** Called with the first chunk, and waited for with the last. */
  readonly onLong: () => Promise<void>;
}

/**
 * The items of one run, chunk by chunk. Memory holds the chunk that is being filled and the one before,
 * which is being written; all others are in the store.
 */
export class Recorder {
  readonly run: string = randomBytes(12).toString("hex");
  readonly #place: RecorderPlace;
  #number = 0;
  #filling: Uint8Array[] = [];
  #bytes = 0;
  #before: Uint8Array[] = [];
  #items = 0;
  #writing: Promise<boolean> | undefined;
  #claim: Promise<Lease | undefined> | undefined;
  #afterwards: Promise<void> | undefined;
  #isWhole = true;

  constructor(place: RecorderPlace) {
    this.#place = place;
  }

  /** The number of the chunk that is being filled. */
  get number(): number {
    return this.#number;
  }

  /** Waits while two chunks are not written yet. */
  async add(frame: Uint8Array): Promise<void> {
    const isFull =
      this.#filling.length >= CHUNK_ITEMS || this.#bytes + frame.byteLength > CHUNK_BYTES;
    if (isFull && this.#filling.length > 0) await this.#next();
    this.#filling.push(frame);
    this.#bytes += frame.byteLength;
    this.#items += 1;
  }

  /** A chunk's frames, as far as there are any; undefined when they are lost. */
  async frames(number: number): Promise<readonly Uint8Array[] | undefined> {
    if (number === this.#number) return this.#filling;
    if (number === this.#number - 1) return this.#before;
    return this.#place.chunks.read([this.#place.key, this.run, number]);
  }

  /** All that was recorded, behind it the end; undefined where a chunk could not be written. */
  async recording(end: Uint8Array): Promise<Recording | undefined> {
    await this.#written();
    if (!this.#isWhole) return undefined;
    const tail = Buffer.concat([...this.#filling, end]);
    return { run: this.run, chunks: this.#number, items: this.#items, tail };
  }

  /** The recording was stored, or will never be. */
  async close(isKept: boolean): Promise<void> {
    await this.#written();
    if (!isKept) {
      this.#isWhole = false;
      await this.#place.chunks.remove(this.#place.key, this.run, this.#number);
    }
    await this.#afterwards;
    const claim = await this.#claim;
    this.#claim = undefined;
    // The process's end gives back what could not be given back now.
    await claim?.release().catch(() => undefined);
  }

  async #next(): Promise<void> {
    await this.#written();
    const number = this.#number;
    const frames = this.#filling;
    this.#before = frames;
    this.#filling = [];
    this.#bytes = 0;
    this.#number += 1;
    if (this.#isWhole) this.#writing = this.#write(number, frames);
  }

  async #write(number: number, frames: readonly Uint8Array[]): Promise<boolean> {
    const { chunks, key, expiresAt, onLong } = this.#place;
    if (this.#claim === undefined) {
      this.#claim = chunks.claim(this.run);
      this.#afterwards = onLong();
    }
    await this.#claim;
    return chunks.write([key, this.run, number], frames, expiresAt);
  }

  async #written(): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    if (writing !== undefined && !(await writing)) this.#isWhole = false;
  }
}
