import { publishError } from "@class-cache/mapping";
import { ioError } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import type { OpenFile } from "./open-file.ts";
import type { HeldSegment, SegmentFiles, SegmentSizes } from "./segment-files.ts";

/**
 * A segment that has grown to this share of them all is left, and the next one begun, within bounds:
 * the more segments there are, the more of them die whole, and to make one takes half a millisecond.
 */
const FULL_SHARE = 1 / 8;
const LEAST_FULL_BYTES = 4 * 1024 * 1024;
const MOST_FULL_BYTES = 64 * 1024 * 1024;

/** One that is adopted has room for at least so much of what it may hold: the rest is not worth the calls. */
const WORTHWHILE_SHARE = 0.5;

/**
 * The segment that this process alone appends to, for as long as it holds the file's lock. It is a
 * spare where there is one, or one that somebody has left unfinished, or a new one.
 */
export class ActiveSegment {
  readonly #calls: FileCalls;
  readonly #files: SegmentFiles;
  #held: HeldSegment | undefined;
  /** Where the next frame goes. What lies before is written or being written. */
  #end = 0;
  /** Where it is left for the next one. */
  #full = 0;
  /** Of all segments, as far as is known; undefined before the first look. */
  #allBytes: number | undefined;
  readonly #unfinished = new Map<number, number>();
  #spares: number[] = [];

  constructor(calls: FileCalls, files: SegmentFiles) {
    this.#calls = calls;
    this.#files = files;
  }

  /**
   * The number of the segment that takes the next frame; undefined when the epoch has been removed.
   *
   * @param bytes that the frame takes, roughly
   */
  choose(bytes: number): number | undefined {
    if (this.#end > 0 && this.#end + bytes > this.#full) this.retire();
    if (this.#held === undefined) this.#begin();
    return this.#held?.number;
  }

  /** Room for a frame in the segment chosen. */
  reserve(length: number): { readonly file: OpenFile; readonly offset: number } {
    const offset = this.#end;
    this.#end += length;
    this.#allBytes! += length;
    return { file: this.#held!.file, offset };
  }

  /** Told what there is. */
  learn({ segments, spares }: SegmentSizes): void {
    this.#allBytes = 0;
    for (const size of segments.values()) this.#allBytes += size;
    this.#spares = [...spares.keys()];
  }

  /** Told of another spare. */
  offer(spare: number): void {
    this.#spares.push(spare);
  }

  /** Where the active segment ends, if it is this one, whatever its file has behind that. */
  endOf(number: number): number | undefined {
    return this.#held?.number === number ? this.#end : undefined;
  }

  /** Leaves the segment, and cuts off what its file has behind the last frame; a failure is reported. */
  retire(): void {
    if (this.#held === undefined) return;
    const { number, file, size } = this.#held;
    this.#held = undefined;
    try {
      if (this.#end < size) this.#calls.ftruncateSync(file.fd, this.#end);
    } catch (error) {
      publishError(ioError("cut", this.#files.path(number), error));
    }
    file.close();
  }

  #begin(): void {
    if (this.#allBytes === undefined) {
      const sizes = this.#files.list();
      this.learn(sizes);
      for (const [number, size] of sizes.segments) this.#unfinished.set(number, size);
    }
    this.#full = Math.min(
      Math.max(LEAST_FULL_BYTES, this.#allBytes! * FULL_SHARE),
      MOST_FULL_BYTES,
    );
    const spare = this.#takeSpare();
    this.#held = spare ?? this.#adopt() ?? this.#files.create();
    this.#end = spare === undefined ? (this.#held?.size ?? 0) : 0;
    this.#full = Math.max(this.#full, spare?.size ?? 0);
  }

  #takeSpare(): HeldSegment | undefined {
    for (let spare = this.#spares.pop(); spare !== undefined; spare = this.#spares.pop()) {
      const held = this.#files.takeSpare(spare);
      if (held !== undefined) return held;
    }
    return undefined;
  }

  /** One that another process left, if it was there at the first look: each is tried but once. */
  #adopt(): HeldSegment | undefined {
    for (const [number, size] of this.#unfinished) {
      this.#unfinished.delete(number);
      if (size >= this.#full * WORTHWHILE_SHARE) continue;
      const held = this.#files.hold(number);
      if (held !== undefined) return held;
    }
    return undefined;
  }
}
