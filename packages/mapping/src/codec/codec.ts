/** What a codec may bind its bytes to: the entry that they belong to. */
export interface CodecContext {
  /** The mapping's id. */
  readonly id: string;
  /** The canonical text of the entry's key. */
  readonly key: string;
}

/**
 * Turns values into bytes and back. The bytes are self-describing: they begin with a byte of the
 * codec's own, so that bytes of another codec are recognised and refused.
 */
export interface ValueCodec {
  /** A short name for people, such as `structured` or `compressed(json)`. */
  readonly name: string;
  /**
   * The codec below the last transformation of bytes (compression, encryption), for holders of values
   * in memory, which need neither. A codec that transforms nothing has none.
   */
  readonly base?: ValueCodec;
  /**
   * @throws UnstorableError when the value would not come back as it is
   */
  encode(value: unknown, context: CodecContext): Uint8Array | Promise<Uint8Array>;
  /**
   * Must not keep a reference to `bytes`, whose memory is used again after the call.
   * @throws DamagedError when the bytes are not this codec's, or not whole
   */
  decode(bytes: Uint8Array, context: CodecContext): unknown;
}
