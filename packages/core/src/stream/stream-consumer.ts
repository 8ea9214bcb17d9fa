import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { StreamChangedError } from "@class-cache/mapping";
import { untilAborted } from "../memo/abort.ts";
import type { StreamItems } from "./stream-items.ts";
import type { Track } from "./stream-track.ts";
import { LostItems } from "./stream-track.ts";

/** What a consumer asks for. */
export interface StreamSource {
  /** The class and the method, for people. */
  readonly method: string;
  /** The canonical text of the call's key. */
  readonly key: string;
  readonly signals: readonly AbortSignal[] | undefined;
  readonly items: () => Promise<StreamItems>;
  /** A way along the stream from its first item: recorded, shared or live. */
  board(): Track;
  /** One that cannot lose anything: a live run of the consumer's own. */
  boardAlone(): Track;
}

/**
 * Follows a stream for one consumer. Where items are lost on the way, it begins anew and passes over
 * what it has given already, provided that this is still the same.
 */
export class StreamConsumer {
  readonly #source: StreamSource;
  readonly #onAbort: (event: Event) => void;
  readonly #given: Hash = createHash("sha256");
  #count = 0;
  #track: Track | undefined;
  /** Items that the track has gone past. */
  #passed = 0;
  #losses = 0;
  #left: { readonly reason: unknown } | undefined;

  constructor(source: StreamSource) {
    this.#source = source;
    this.#onAbort = (event) => {
      void this.leave((event.target as AbortSignal).reason, true).catch(() => undefined);
    };
    for (const signal of source.signals ?? []) signal.addEventListener("abort", this.#onAbort);
  }

  /**
   * @throws what the method throws, in its place
   * @throws the signal's reason
   * @throws StreamChangedError
   */
  async next(): Promise<IteratorResult<unknown, unknown>> {
    if (this.#left !== undefined) throw this.#left.reason;
    const { signals } = this.#source;
    if (signals === undefined) return this.#next();
    return untilAborted(this.#next(), signals, (reason) => {
      void this.leave(reason, true).catch(() => undefined);
    });
  }

  /** @param isGone nobody waits for the method to stop */
  async leave(reason: unknown, isGone: boolean): Promise<void> {
    if (this.#left !== undefined) return;
    this.#left = { reason };
    const { signals } = this.#source;
    for (const signal of signals ?? []) signal.removeEventListener("abort", this.#onAbort);
    await this.#track?.leave(reason, isGone);
  }

  async #next(): Promise<IteratorResult<unknown, unknown>> {
    for (;;) {
      const track = (this.#track ??= this.#board());
      try {
        return await this.#follow(track);
      } catch (error) {
        if (!(error instanceof LostItems)) throw error;
        await track.leave(error, true);
        if (this.#left !== undefined) throw this.#left.reason;
        this.#losses += 1;
        this.#track = undefined;
      }
    }
  }

  #board(): Track {
    this.#passed = 0;
    return this.#losses < 2 ? this.#source.board() : this.#source.boardAlone();
  }

  async #follow(track: Track): Promise<IteratorResult<unknown, unknown>> {
    if (this.#passed < this.#count) await this.#catchUp(track);
    const step = await track.next();
    if (!("frame" in step)) return step as IteratorResult<unknown, unknown>;
    const items = await this.#source.items();
    let value: unknown;
    try {
      value = await items.item(step.frame);
    } catch (cause) {
      await track.damaged(cause);
      throw new LostItems("An item is damaged.", { cause });
    }
    if (step.failed === true) throw value;
    if (step.done) return { done: true, value };
    this.#given.update(step.frame);
    this.#count += 1;
    this.#passed += 1;
    return { done: false, value };
  }

  async #catchUp(track: Track): Promise<void> {
    const { method, key } = this.#source;
    const items = await this.#source.items();
    const passed = createHash("sha256");
    while (this.#passed < this.#count) {
      const step = await track.next();
      if (step.done) throw new StreamChangedError(method, key, this.#count);
      try {
        passed.update("frame" in step ? step.frame : await items.frame(step.value));
      } catch (cause) {
        throw new StreamChangedError(method, key, this.#count, { cause });
      }
      this.#passed += 1;
    }
    if (!passed.digest().equals(this.#given.copy().digest())) {
      throw new StreamChangedError(method, key, this.#count);
    }
  }
}
