import type { Recording } from "./recording.ts";
import { framesIn } from "./stream-items.ts";
import type { StreamSite } from "./stream-site.ts";
import type { FramedStep } from "./stream-track.ts";
import { LostItems } from "./stream-track.ts";

/** Gives what was recorded, reading a chunk at a time. */
export class Replay {
  readonly #site: StreamSite;
  readonly #key: string;
  readonly #recording: Recording;
  readonly #failed: boolean;
  #number = -1;
  #frames: readonly Uint8Array[] = [];
  #at = 0;
  #given = 0;

  /** @param failed the stream ended with an error */
  constructor(site: StreamSite, key: string, recording: Recording, failed: boolean) {
    this.#site = site;
    this.#key = key;
    this.#recording = recording;
    this.#failed = failed;
  }

  /** @throws LostItems when a part of the recording is gone or damaged, which removes it */
  async next(): Promise<FramedStep> {
    const { chunks, items } = this.#recording;
    while (this.#at === this.#frames.length) {
      if (this.#number === chunks) throw await this.#lost();
      this.#frames = await this.#chunk(this.#number + 1);
      this.#number += 1;
      this.#at = 0;
    }
    const frame = this.#frames[this.#at] as Uint8Array;
    const done = this.#number === chunks && this.#at === this.#frames.length - 1;
    // A chunk of fewer frames than were written was not caught by the codec.
    if (done ? this.#given !== items : this.#given === items) throw await this.#lost();
    // The end stays the end, however often it is asked for.
    if (!done) this.#at += 1;
    if (!done) this.#given += 1;
    return { done, frame, failed: done && this.#failed };
  }

  /** What was read is damaged: it is not to be read again. */
  async remove(): Promise<void> {
    await this.#site.removeBroken(this.#key, this.#recording);
  }

  async #chunk(number: number): Promise<readonly Uint8Array[]> {
    const { run, chunks, tail } = this.#recording;
    if (number === chunks) {
      try {
        return framesIn(tail);
      } catch {
        throw await this.#lost();
      }
    }
    const frames = await this.#site.chunks.read([this.#key, run, number]);
    if (frames === undefined) throw await this.#lost();
    return frames;
  }

  async #lost(): Promise<LostItems> {
    await this.remove();
    return new LostItems("A part of the recording is gone or damaged.");
  }
}
