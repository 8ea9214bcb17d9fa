import type { BlockIndex } from "./block-index.ts";
import type { KeyHash } from "./key-hash.ts";

interface OutlivedRecord {
  readonly hash: KeyHash;
  readonly offset: number;
}

/**
 * Records that a scan has met with the mark of a superseded one. What superseded them stands further
 * on, and what stands between was written while they counted: so they count until it is reached. When
 * it is not, it was lost.
 */
export class Outlived {
  #records: OutlivedRecord[] = [];

  add(hash: KeyHash, offset: number): void {
    this.#records.push({ hash, offset });
  }

  /** Whether there are some of which the superseding record has not been read. */
  hasAny(index: BlockIndex): boolean {
    if (this.#records.length === 0) return false;
    this.#records = this.#records.filter(({ hash, offset }) => index.offsetOf(hash) === offset);
    return this.#records.length > 0;
  }

  /** Takes them out of the index: what superseded them is lost. */
  end(index: BlockIndex): void {
    if (this.hasAny(index)) for (const { hash } of this.#records) index.delete(hash);
    this.#records = [];
  }
}
