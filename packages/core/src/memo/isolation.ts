import type { CodecContext, Entry, ValueCodec } from "@class-cache/mapping";
import { encodedValue, encodeKey } from "@class-cache/mapping";
import { unseal } from "./envelope.ts";
import type { HeldTimes } from "./held.ts";
import { Held } from "./held.ts";

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
    if (this.#shared || isPrimitive(value)) return Held.asIs(value, times);
    const bytes = this.#codec.encode(value, this.#context(key));
    return "then" in bytes
      ? bytes.then((ready) => Held.asBytes(ready, false, times))
      : Held.asBytes(bytes, false, times);
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
    return Held.asBytes(bytes, true, times);
  }

  /** What is held, for one reader; a promise only where the codec takes its time. */
  open(key: string, held: Held): unknown {
    if (held.bytes === undefined) return held.value;
    const decoded = this.#codec.decode(held.bytes, this.#context(key));
    return decoded instanceof Promise
      ? decoded.then((late) => opened(held, late))
      : opened(held, decoded);
  }

  /** The same as the mapping gives its codec, which may have bound bytes to it. */
  #context(key: string): CodecContext {
    return { id: this.#id, key: encodeKey(key) };
  }
}

function opened(held: Held, decoded: unknown): unknown {
  const value = held.isSealed ? unseal(decoded).value : decoded;
  held.decoded(value);
  return value;
}

function isPrimitive(value: unknown): boolean {
  return (
    value === null ||
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}
