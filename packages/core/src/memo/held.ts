import { Template } from "./template.ts";

/** What is known of a result that is held. */
export interface HeldTimes {
  /** Until when it answers calls, in milliseconds since the epoch; Infinity: for ever. */
  readonly quickUntil: number;
  /** Milliseconds that the result took to compute; undefined: unknown. */
  readonly cost: number | undefined;
}

/** Bytes of values that are worth a template, which takes several times as much memory. */
const LARGEST_TEMPLATE = 1024;
/** What they take with it, as against alone: a guess. */
const WITH_TEMPLATE = 4;

/**
 * A result as one process holds it: primitives and shared results as they are, others as bytes, so
 * that nobody's object is held and every reader gets one of his own.
 */
export class Held implements HeldTimes {
  readonly quickUntil: number;
  readonly cost: number | undefined;
  /** What readers get where there are no bytes. */
  readonly value: unknown;
  readonly bytes: Uint8Array | undefined;
  /** Whether the bytes hold the result as it is stored, with its terms. */
  readonly isSealed: boolean;
  /** Times that memory gave it since the backend was last told. */
  uses: number = 0;
  /** What `answer()` gave once, where it gives the same each time. */
  ready: Promise<unknown> | undefined;
  #template: Template | undefined;
  #hasTemplate: boolean = false;

  private constructor(
    times: HeldTimes,
    value: unknown,
    bytes: Uint8Array | undefined,
    isSealed: boolean,
  ) {
    this.quickUntil = times.quickUntil;
    this.cost = times.cost;
    this.value = value;
    this.bytes = bytes;
    this.isSealed = isSealed;
  }

  /** What readers get as it is. */
  static asIs(value: unknown, times: HeldTimes): Held {
    return new Held(times, value, undefined, false);
  }

  static asBytes(bytes: Uint8Array, isSealed: boolean, times: HeldTimes): Held {
    return new Held(times, undefined, bytes, isSealed);
  }

  /** The value for one more reader, where it needs no decoding. */
  answer(): Promise<unknown> | undefined {
    if (this.bytes === undefined) return (this.ready ??= Promise.resolve(this.value));
    const template = this.#template;
    return template === undefined ? undefined : Promise.resolve(template.copy());
  }

  /** Told of the value that the bytes were decoded to, before anybody else has it. */
  decoded(value: unknown): void {
    if (this.#hasTemplate || this.bytes === undefined) return;
    this.#hasTemplate = true;
    if (this.bytes.byteLength <= LARGEST_TEMPLATE) this.#template = Template.of(value);
  }

  /** A guess at the memory that it takes. */
  get size(): number {
    if (this.bytes === undefined) {
      return typeof this.value === "string" ? this.value.length * 2 : 0;
    }
    const { byteLength } = this.bytes;
    return byteLength <= LARGEST_TEMPLATE ? byteLength * WITH_TEMPLATE : byteLength;
  }
}
