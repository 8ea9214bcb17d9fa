import { types } from "node:util";
import { checkCodec, checkOptions } from "../check-option.ts";
import { DamagedError, OptionError } from "../errors.ts";
import { algorithms, type CompressionName, requireAlgorithm } from "./compression.ts";
import type { CodecContext, ValueCodec } from "./codec.ts";
import { checkFirstByte, firstByte, truncated } from "./first-byte.ts";

/** Options of `compressed()`. */
export interface CompressedOptions {
  /** How to compress. Default: `"brotli"`. `"zstd"` needs Node 22.15 or later. */
  readonly algorithm?: CompressionName | undefined;
  /** Values of fewer encoded bytes are stored as they are. Default: 1024. */
  readonly minBytes?: number | undefined;
}

/** Marks bytes that are stored as they are. The algorithms' marks are in `compression.ts`. */
const asItIs = 0;
/** Larger values are compressed off the event loop's thread. */
const synchronousBytes = 64 * 1024;
/** First byte, mark, and the length before compression. */
const headBytes = 8;
const lengthBytes = 6;

/**
 * Compresses what another codec writes. What is small, or does not shrink, is stored as it is. Reads
 * what any algorithm wrote, whichever is chosen here.
 * @throws UnsupportedRuntimeError when this Node.js lacks the algorithm
 * @throws OptionError when there is no codec, no such algorithm, or `minBytes` is no number of bytes
 */
export function compressed(codec: ValueCodec, options: CompressedOptions = {}): ValueCodec {
  checkCodec(codec, "compressed.codec");
  const { algorithm = "brotli", minBytes = 1024 } = checkOptions(options, "compressed.options");
  if (!Object.hasOwn(algorithms, algorithm)) {
    throw new OptionError("algorithm", '"brotli", "gzip" or "zstd"', algorithm);
  }
  if (typeof minBytes !== "number" || !(minBytes >= 0)) {
    throw new OptionError("minBytes", "a number of bytes", minBytes);
  }
  const chosen = requireAlgorithm(algorithm);

  function pack(plain: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (plain.length < minBytes) return keep(plain);
    if (plain.length <= synchronousBytes) return frame(plain, chosen.compressNow(plain));
    return chosen.compress(plain).then((small) => frame(plain, small));
  }

  function frame(plain: Uint8Array, small: Uint8Array): Uint8Array {
    if (small.length + headBytes >= plain.length) return keep(plain);
    const bytes = Buffer.allocUnsafe(headBytes + small.length);
    bytes[0] = firstByte.compressed;
    bytes[1] = chosen.mark;
    bytes.writeUIntLE(plain.length, headBytes - lengthBytes, lengthBytes);
    bytes.set(small, headBytes);
    return bytes;
  }

  function decode(bytes: Uint8Array, context: CodecContext): unknown {
    checkFirstByte(bytes, "compressed", 2);
    if (bytes[1] === asItIs) return codec.decode(bytes.subarray(2), context);
    const plain = unpack(bytes);
    return types.isPromise(plain)
      ? plain.then((whole) => codec.decode(whole, context))
      : codec.decode(plain, context);
  }

  return {
    name: `compressed(${codec.name})`,
    base: codec.base ?? codec,
    encode(value, context) {
      const plain = codec.encode(value, context);
      return types.isPromise(plain) ? plain.then(pack) : pack(plain);
    },
    decode,
  };
}

function keep(plain: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(2 + plain.length);
  bytes[0] = firstByte.compressed;
  bytes[1] = asItIs;
  bytes.set(plain, 2);
  return bytes;
}

function unpack(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  const name = (Object.keys(algorithms) as CompressionName[]).find(
    (known) => algorithms[known].mark === bytes[1],
  );
  if (name === undefined) throw damaged();
  if (bytes.length <= headBytes) throw truncated("compressed");
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, headBytes);
  const length = head.readUIntLE(headBytes - lengthBytes, lengthBytes);
  const body = bytes.subarray(headBytes);
  try {
    const algorithm = requireAlgorithm(name);
    if (length <= synchronousBytes) return whole(algorithm.inflateNow(body, length), length);
    // The caller takes the memory of `bytes` back before the other thread has read it.
    return algorithm.inflate(Buffer.from(body), length).then(
      (plain) => whole(plain, length),
      (cause: unknown) => Promise.reject(damaged(cause)),
    );
  } catch (cause) {
    throw cause instanceof DamagedError ? cause : damaged(cause);
  }
}

function whole(plain: Uint8Array, length: number): Uint8Array {
  if (plain.length !== length) throw truncated("compressed");
  return plain;
}

function damaged(cause?: unknown): DamagedError {
  return new DamagedError("A value of the codec compressed", { cause });
}
