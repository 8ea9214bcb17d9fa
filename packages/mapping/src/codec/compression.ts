import { promisify } from "node:util";
import zlib from "node:zlib";
import { UnsupportedRuntimeError } from "../errors.ts";

export type CompressionName = "brotli" | "gzip" | "zstd";

/** One way to compress. `length` is what inflating must give, and the most that it may take. */
export interface Algorithm {
  /** The byte that marks its bytes. Part of the stored format. */
  readonly mark: number;
  compressNow(plain: Uint8Array): Uint8Array;
  compress(plain: Uint8Array): Promise<Uint8Array>;
  inflateNow(small: Uint8Array, length: number): Uint8Array;
  inflate(small: Uint8Array, length: number): Promise<Uint8Array>;
}

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
/** About gzip's speed with a better ratio; the library's default of 11 is a hundred times slower. */
const brotliQuality = 4;

const brotliCompress = promisify(zlib.brotliCompress);
const brotliDecompress = promisify(zlib.brotliDecompress);
const gzip = promisify(zlib.gzip);
const gunzip = promisify(zlib.gunzip);

function brotliOptions(plain: Uint8Array): zlib.BrotliOptions {
  return {
    params: { [BROTLI_PARAM_QUALITY]: brotliQuality, [BROTLI_PARAM_SIZE_HINT]: plain.length },
  };
}

const limit = (length: number): { maxOutputLength: number } => ({
  maxOutputLength: Math.max(1, length),
});

export const algorithms: Readonly<Record<CompressionName, Algorithm>> = {
  brotli: {
    mark: 1,
    compressNow: (plain) => zlib.brotliCompressSync(plain, brotliOptions(plain)),
    compress: (plain) => brotliCompress(plain, brotliOptions(plain)),
    inflateNow: (small, length) => zlib.brotliDecompressSync(small, limit(length)),
    inflate: (small, length) => brotliDecompress(small, limit(length)),
  },
  gzip: {
    mark: 2,
    compressNow: (plain) => zlib.gzipSync(plain),
    compress: (plain) => gzip(plain),
    inflateNow: (small, length) => zlib.gunzipSync(small, limit(length)),
    inflate: (small, length) => gunzip(small, limit(length)),
  },
  zstd: {
    mark: 3,
    compressNow: (plain) => zlib.zstdCompressSync(plain),
    compress: (plain) => promisify(zlib.zstdCompress)(plain),
    inflateNow: (small, length) => zlib.zstdDecompressSync(small, limit(length)),
    inflate: (small, length) => promisify(zlib.zstdDecompress)(small, limit(length)),
  },
};

/** @throws UnsupportedRuntimeError when this Node.js lacks the algorithm */
export function requireAlgorithm(name: CompressionName): Algorithm {
  if (name === "zstd" && typeof zlib.zstdCompressSync !== "function") {
    throw new UnsupportedRuntimeError(
      `zstd needs Node.js 22.15 or later; this is ${process.version}. Use brotli or gzip, or upgrade.`,
    );
  }
  return algorithms[name];
}
