import type { CodecContext, ValueCodec } from "@class-cache/mapping";
import { DamagedError, encodeKey } from "@class-cache/mapping";

/** Bytes in front of each item's own: their number, big-endian. */
const HEAD = 4;

/**
 * Turns the items of one call's stream into frames and back. A frame is an item's bytes behind their
 * length, so that frames can be put one after the other. An empty frame is undefined, which most methods
 * return at their end and not every codec takes.
 */
export class StreamItems {
  readonly #codec: ValueCodec;
  readonly #context: CodecContext;

  /**
   * @param codec the backend's: chunks of frames are compressed and encrypted as a whole, so items are not
   * @param id of the mapping
   * @param key the call's
   */
  constructor(codec: ValueCodec, id: string, key: string) {
    this.#codec = codec.base ?? codec;
    this.#context = { id, key: encodeKey(key) };
  }

  /** @throws UnstorableError for an item that would not come back as it is */
  async frame(item: unknown): Promise<Uint8Array> {
    const bytes =
      item === undefined ? new Uint8Array() : await this.#codec.encode(item, this.#context);
    const frame = new Uint8Array(HEAD + bytes.byteLength);
    new DataView(frame.buffer).setUint32(0, bytes.byteLength);
    frame.set(bytes, HEAD);
    return frame;
  }

  /** An item for one consumer. @throws DamagedError */
  async item(frame: Uint8Array): Promise<unknown> {
    if (frame.byteLength === HEAD) return undefined;
    return this.#codec.decode(frame.subarray(HEAD), this.#context);
  }
}

/** The frames that bytes consist of, without copying them. @throws DamagedError */
export function framesIn(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength;) {
    const end = at + HEAD <= bytes.byteLength ? at + HEAD + view.getUint32(at) : Infinity;
    if (end > bytes.byteLength) throw new DamagedError("A part of a recorded stream");
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}
