import { hash } from "node:crypto";
import { CacheWithDefault } from "@class-cache/core";

/**
 * Turns texts into vectors whose dot product tells how alike they are: hashed character n-grams,
 * signed and normalised (Weinberger et al., Feature Hashing for Large Scale Multitask Learning, 2009).
 * It is a mapping too: `get(text)` computes what is not there yet, `flush()` writes it out.
 */
export class TextEmbedder extends CacheWithDefault<string, Float32Array> {
  static readonly version = 1;
  readonly dimensions: number;
  readonly longest: number;

  /**
   * @param dimensions length of the vectors
   * @param longest longest run of characters that counts as a feature
   */
  constructor(dimensions: number = 256, longest: number = 4) {
    super();
    this.dimensions = dimensions;
    this.longest = longest;
  }

  protected override async getDefault(text: string): Promise<Float32Array> {
    const vector = new Float32Array(this.dimensions);
    const letters = Array.from(` ${text.normalize("NFKC").toLowerCase()} `);
    for (let length = 1; length <= this.longest; length += 1) {
      for (let start = 0; start + length <= letters.length; start += 1) {
        const digest = hash("sha256", letters.slice(start, start + length).join(""), "buffer");
        vector[digest.readUInt32LE(0) % this.dimensions]! += digest[4]! & 1 ? 1 : -1;
      }
    }
    const norm = Math.hypot(...vector) || 1;
    return vector.map((value) => value / norm);
  }
}
