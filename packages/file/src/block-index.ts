import type { KeyHash } from "./key-hash.ts";
import { HASH_BYTES } from "./key-hash.ts";
import type { Pointer } from "./pointer.ts";

const FIRST_CAPACITY = 16;
const MAX_LOAD = 0.75;
const WORDS = HASH_BYTES / 4;

/** Where a record lies in its block and what is known of it without reading it. */
export interface Place {
  /** Where the frame begins. Never 0. */
  readonly offset: number;
  /** Length of the frame. */
  readonly length: number;
  /** Size of the encoded value, which for a pointer lies elsewhere. */
  readonly valueBytes: number;
  /** Infinity: never. */
  readonly expires: number;
  /** Where key and value lie, when the record only points there. */
  readonly pointer: Pointer | undefined;
}

/**
 * Finds a block's records by the hash of their key: a hash table with linear probing, held in typed
 * arrays because an object an entry would cost several times the memory. Removal shifts the entries
 * behind back into the gap (Knuth, The Art of Computer Programming 3, section 6.4, Algorithm R), so
 * that no tombstones pile up.
 */
export class BlockIndex {
  #capacity: number = FIRST_CAPACITY;
  #hashes: Int32Array = new Int32Array(FIRST_CAPACITY * WORDS);
  /** Invariant: 0 exactly where a slot is empty. */
  #offsets: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #lengths: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #valueBytes: Float64Array = new Float64Array(FIRST_CAPACITY);
  #expires: Float64Array = new Float64Array(FIRST_CAPACITY).fill(Infinity);
  /** By the offset of the record: an object an entry, but only for entries that are large themselves. */
  readonly #pointers = new Map<number, Pointer>();
  #count = 0;
  #expiring = 0;
  #liveBytes = 0;
  #totalValueBytes = 0;

  /** Entries, expired ones included. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the entries' frames in the block. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Bytes of the entries' encoded values, wherever they lie. */
  get valueBytes(): number {
    return this.#totalValueBytes;
  }

  find(hash: KeyHash): Place | undefined {
    const slot = this.#slot(hash);
    return this.#offsets[slot] === 0 ? undefined : this.#place(slot);
  }

  /** Where the entry's frame begins; 0: there is none. */
  offsetOf(hash: KeyHash): number {
    return this.#offsets[this.#slot(hash)]!;
  }

  /** Where the mark of the entry's record stands; 0: there is none. */
  markOf(hash: KeyHash): number {
    const slot = this.#slot(hash);
    const offset = this.#offsets[slot]!;
    return offset === 0 ? 0 : offset + this.#lengths[slot]! - 1;
  }

  /** Whether there is an entry, live at `now`. */
  hasLive(hash: KeyHash, now: number): boolean {
    const slot = this.#slot(hash);
    return this.#offsets[slot] !== 0 && this.#expires[slot]! > now;
  }

  countLive(now: number): number {
    if (this.#expiring === 0) return this.#count;
    let live = 0;
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      if (this.#offsets[slot] !== 0 && this.#expires[slot]! > now) live += 1;
    }
    return live;
  }

  set(hash: KeyHash, place: Place): void {
    let slot = this.#slot(hash);
    if (this.#offsets[slot] !== 0) this.#uncount(slot);
    else {
      if (this.#count + 1 > this.#capacity * MAX_LOAD) {
        this.#grow();
        slot = this.#slot(hash);
      }
      const at = slot * WORDS;
      this.#hashes[at] = hash.a;
      this.#hashes[at + 1] = hash.b;
      this.#hashes[at + 2] = hash.c;
      this.#hashes[at + 3] = hash.d;
    }
    this.#offsets[slot] = place.offset;
    this.#lengths[slot] = place.length;
    this.#valueBytes[slot] = place.valueBytes;
    this.#expires[slot] = place.expires;
    if (place.pointer !== undefined) this.#pointers.set(place.offset, place.pointer);
    this.#count += 1;
    if (place.expires !== Infinity) this.#expiring += 1;
    this.#liveBytes += place.length;
    this.#totalValueBytes += place.valueBytes;
  }

  delete(hash: KeyHash): boolean {
    let gap = this.#slot(hash);
    if (this.#offsets[gap] === 0) return false;
    this.#uncount(gap);
    const mask = this.#capacity - 1;
    for (let next = (gap + 1) & mask; this.#offsets[next] !== 0; next = (next + 1) & mask) {
      const home = this.#hashes[next * WORDS + 1]! & mask;
      const reachable = ((next - home) & mask) >= ((next - gap) & mask);
      if (!reachable) continue;
      this.#move(next, gap);
      gap = next;
    }
    this.#offsets[gap] = 0;
    return true;
  }

  /** Every entry's place, in no order. */
  places(): Place[] {
    const places: Place[] = [];
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      if (this.#offsets[slot] !== 0) places.push(this.#place(slot));
    }
    return places;
  }

  #uncount(slot: number): void {
    this.#count -= 1;
    if (this.#expires[slot] !== Infinity) this.#expiring -= 1;
    this.#liveBytes -= this.#lengths[slot]!;
    this.#totalValueBytes -= this.#valueBytes[slot]!;
    this.#pointers.delete(this.#offsets[slot]!);
  }

  #place(slot: number): Place {
    const offset = this.#offsets[slot]!;
    return {
      offset,
      length: this.#lengths[slot]!,
      valueBytes: this.#valueBytes[slot]!,
      expires: this.#expires[slot]!,
      pointer: this.#pointers.get(offset),
    };
  }

  /** The slot that holds the hash, or the empty one where it would go. */
  #slot(hash: KeyHash): number {
    const mask = this.#capacity - 1;
    // The first word hardly varies within a block, whose prefix all its hashes share.
    let slot = hash.b & mask;
    for (; this.#offsets[slot] !== 0; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if (
        this.#hashes[at + 1] === hash.b &&
        this.#hashes[at] === hash.a &&
        this.#hashes[at + 2] === hash.c &&
        this.#hashes[at + 3] === hash.d
      ) {
        break;
      }
    }
    return slot;
  }

  #move(from: number, to: number): void {
    this.#hashes.copyWithin(to * WORDS, from * WORDS, (from + 1) * WORDS);
    this.#offsets[to] = this.#offsets[from]!;
    this.#lengths[to] = this.#lengths[from]!;
    this.#valueBytes[to] = this.#valueBytes[from]!;
    this.#expires[to] = this.#expires[from]!;
  }

  #grow(): void {
    const capacity = this.#capacity;
    const hashes = this.#hashes;
    const offsets = this.#offsets;
    const lengths = this.#lengths;
    const valueBytes = this.#valueBytes;
    const expires = this.#expires;
    this.#capacity = capacity * 2;
    this.#hashes = new Int32Array(this.#capacity * WORDS);
    this.#offsets = new Uint32Array(this.#capacity);
    this.#lengths = new Uint32Array(this.#capacity);
    this.#valueBytes = new Float64Array(this.#capacity);
    this.#expires = new Float64Array(this.#capacity);
    const mask = this.#capacity - 1;
    for (let from = 0; from < capacity; from += 1) {
      if (offsets[from] === 0) continue;
      let to = hashes[from * WORDS + 1]! & mask;
      while (this.#offsets[to] !== 0) to = (to + 1) & mask;
      this.#hashes.set(hashes.subarray(from * WORDS, (from + 1) * WORDS), to * WORDS);
      this.#offsets[to] = offsets[from]!;
      this.#lengths[to] = lengths[from]!;
      this.#valueBytes[to] = valueBytes[from]!;
      this.#expires[to] = expires[from]!;
    }
  }
}
