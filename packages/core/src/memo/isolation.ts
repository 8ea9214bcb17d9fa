import type { CodecContext, Entry, ValueCodec } from "@class-cache/mapping";
import { encodedValue, encodeKey } from "@class-cache/mapping";

/**
 * A result as one process holds it: primitives and shared results as they are, others as bytes, so
 * that nobody's object is held and every reader decodes one of his own.
 */
export interface Held extends HeldTimes {
  readonly value: unknown;
  /** Undefined where `value` is what readers get. */
  readonly bytes: Uint8Array | undefined;
  /** Whether the bytes hold the result as it is stored, with its terms. */
  readonly isSealed: boolean;
  /** Times that memory gave it since the backend was last told. */
  uses: number;
  /** The value as callers get it, once one did, where all may get the same. */
  answer: Promise<unknown> | undefined;
}

/** What is known of a result that is held. */
export interface HeldTimes {
  /** Until when it answers calls, in milliseconds since the epoch; Infinity: for ever. */
  readonly quickUntil: number;
  /** Milliseconds that the result took to compute; undefined: unknown. */
  readonly cost: number | undefined;
}

/** Turns results into what can be held and back. */
export class Isolation {
  readonly #codec: ValueCodec;
  /** Whether results are held as the backend stores them: neither compressed nor encrypted there. */
  readonly #asStored: boolean;
  readonly #id: string;
  readonly #shared: boolean;

  /**
   * @param id of the mapping, which codecs may bind bytes to
   * @param shared readers share one object
   */
  constructor(codec: ValueCodec, id: string, shared: boolean) {
    this.#codec = codec.base ?? codec;
    this.#asStored = codec.base === undefined;
    this.#id = id;
    this.#shared = shared;
  }

  /** @throws UnstorableError for a value that would not come back as it is */
  hold(key: string, value: unknown, times: HeldTimes): Held | Promise<Held> {
    const { quickUntil, cost } = times;
    if (this.#shared || isPrimitive(value)) {
      return {
        value,
        bytes: undefined,
        isSealed: false,
        quickUntil,
        cost,
        uses: 0,
        answer: undefined,
      };
    }
    const bytes = this.#codec.encode(value, this.#context(key));
    const held = (ready: Uint8Array): Held => {
      return {
        value: undefined,
        bytes: ready,
        isSealed: false,
        quickUntil,
        cost,
        uses: 0,
        answer: undefined,
      };
    };
    return "then" in bytes ? bytes.then(held) : held(bytes);
  }

  /** The same for what the backend had, whose bytes need not be made again. */
  holdEntry(
    key: string,
    value: unknown,
    entry: Entry<unknown>,
    times: HeldTimes,
  ): Held | Promise<Held> {
    const bytes = this.#asStored ? encodedValue(entry) : undefined;
    if (bytes === undefined || this.#shared || isPrimitive(value)) {
      return this.hold(key, value, times);
    }
    const { quickUntil, cost } = times;
    return {
      value: undefined,
      bytes,
      isSealed: true,
      quickUntil,
      cost,
      uses: 0,
      answer: undefined,
    };
  }

  /** What is held, for one reader: with its terms where it is sealed. The codec may take its time. */
  open(key: string, held: Held): unknown {
    return held.bytes === undefined
      ? held.value
      : this.#codec.decode(held.bytes, this.#context(key));
  }

  /** The same as the mapping gives its codec, which may have bound bytes to it. */
  #context(key: string): CodecContext {
    return { id: this.#id, key: encodeKey(key) };
  }
}

function isPrimitive(value: unknown): boolean {
  return (
    value === null ||
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}
