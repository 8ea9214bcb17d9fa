import type { KeyHash } from "./key-hash.ts";
import { HASH_BYTES } from "./key-hash.ts";
import type { Pointer } from "./pointer.ts";
import { POINTER_BYTES } from "./pointer.ts";
import { pointerFrameBytes } from "./record-layout.ts";

const FIRST_CAPACITY = 16;
/** Together they leave at least seven of ten slots in use, and a search at twelve slots, usually. */
const MAX_LOAD = 0.875;
const GROWTH = 1.25;
const WORDS = HASH_BYTES / 4;

/** Frames that hold a pointer have no key, and so one of two lengths. */
export const POINTER_FRAME_BYTES: number = pointerFrameBytes(POINTER_BYTES);
export const MOVED_FRAME_BYTES: number = pointerFrameBytes(2 * POINTER_BYTES);
/** Tells the longer of them, in the number that stands for a segment. */
const MOVED_BIT = 0x8000_0000;

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
 * arrays because an object an entry would cost several times the memory. An entry takes 28 bytes of a
 * slot, 36 where any entry expires, and 8 more where any points to a segment; with the slots that are
 * kept free at most 63 in all. Removal shifts the entries behind back into the gap (Knuth, The Art of
 * Computer Programming 3, section 6.4, Algorithm R), so that no tombstones pile up.
 */
export class BlockIndex {
  #capacity: number = FIRST_CAPACITY;
  #hashes: Int32Array = new Int32Array(FIRST_CAPACITY * WORDS);
  /** Invariant: 0 exactly where a slot is empty. */
  #offsets: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  /** Of the frame in the segment, where there is a pointer, else of that in the block. */
  #lengths: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  #valueBytes: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  /** Undefined until an entry expires. */
  #expires: Float64Array | undefined;
  /** Which of `#segmentNumbers` a pointer names, from 1; 0: there is no pointer. Undefined until there is one. */
  #segments: Uint32Array | undefined;
  #segmentOffsets: Uint32Array | undefined;
  readonly #segmentNumbers: number[] = [];
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

  /** Where the entry's frame begins, and so the mark of its record; 0: there is none. */
  offsetOf(hash: KeyHash): number {
    return this.#offsets[this.#slot(hash)]!;
  }

  /** Whether there is an entry, live at `now`. */
  hasLive(hash: KeyHash, now: number): boolean {
    const slot = this.#slot(hash);
    return this.#offsets[slot] !== 0 && (this.#expires === undefined || this.#expires[slot]! > now);
  }

  countLive(now: number): number {
    const expires = this.#expires;
    if (this.#expiring === 0 || expires === undefined) return this.#count;
    let live = 0;
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      if (this.#offsets[slot] !== 0 && expires[slot]! > now) live += 1;
    }
    return live;
  }

  set(hash: KeyHash, place: Place): void {
    let slot = this.#slot(hash);
    if (this.#offsets[slot] !== 0) this.#uncount(slot);
    else {
      if (this.#count + 1 > this.#capacity * MAX_LOAD) {
        this.#resize(Math.ceil(this.#capacity * GROWTH));
        slot = this.#slot(hash);
      }
      const at = slot * WORDS;
      this.#hashes[at] = hash.a;
      this.#hashes[at + 1] = hash.b;
      this.#hashes[at + 2] = hash.c;
      this.#hashes[at + 3] = hash.d;
    }
    const { offset, length, valueBytes, expires, pointer } = place;
    this.#offsets[slot] = offset;
    this.#lengths[slot] = pointer === undefined ? length : pointer.length;
    this.#valueBytes[slot] = valueBytes;
    this.#setExpiry(slot, expires);
    this.#setPointer(slot, pointer, length);
    this.#count += 1;
    this.#liveBytes += length;
    this.#totalValueBytes += valueBytes;
  }

  /** Makes room for so many entries at once: to grow step by step takes as long as to fill it. */
  reserve(entries: number): void {
    if (entries > this.#capacity * MAX_LOAD) this.#resize(Math.ceil(entries / MAX_LOAD));
  }

  /** Gives back room that was made for more entries than there are, and leaves some for more to come. */
  fit(): void {
    const capacity = Math.ceil((this.#count * GROWTH) / MAX_LOAD);
    if (capacity < this.#capacity && this.#capacity > FIRST_CAPACITY) this.#resize(capacity);
  }

  delete(hash: KeyHash): boolean {
    let gap = this.#slot(hash);
    if (this.#offsets[gap] === 0) return false;
    this.#uncount(gap);
    for (let next = this.#after(gap); this.#offsets[next] !== 0; next = this.#after(next)) {
      const home = this.#home(this.#hashes[next * WORDS + 1]!);
      if (this.#distance(home, next) < this.#distance(gap, next)) continue;
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

  /** Adds up, by the number of the segment, the bytes that entries point to. */
  addPointed(bytes: Map<number, number>): void {
    const segments = this.#segments;
    if (segments === undefined) return;
    const sums = new Float64Array(this.#segmentNumbers.length);
    for (let slot = 0; slot < this.#capacity; slot += 1) {
      if (this.#offsets[slot] === 0 || segments[slot] === 0) continue;
      sums[(segments[slot]! & ~MOVED_BIT) - 1]! += this.#lengths[slot]!;
    }
    for (const [index, number] of this.#segmentNumbers.entries()) {
      if (sums[index]! > 0) bytes.set(number, (bytes.get(number) ?? 0) + sums[index]!);
    }
  }

  #uncount(slot: number): void {
    this.#count -= 1;
    if (this.#expires !== undefined && this.#expires[slot] !== Infinity) this.#expiring -= 1;
    this.#liveBytes -= this.#frameBytes(slot);
    this.#totalValueBytes -= this.#valueBytes[slot]!;
  }

  #setExpiry(slot: number, expires: number): void {
    if (expires !== Infinity) {
      this.#expires ??= new Float64Array(this.#capacity).fill(Infinity);
      this.#expiring += 1;
    }
    if (this.#expires !== undefined) this.#expires[slot] = expires;
  }

  #setPointer(slot: number, pointer: Pointer | undefined, frameBytes: number): void {
    if (pointer === undefined) {
      if (this.#segments !== undefined) this.#segments[slot] = 0;
      return;
    }
    this.#segments ??= new Uint32Array(this.#capacity);
    this.#segmentOffsets ??= new Uint32Array(this.#capacity);
    const number = this.#numberOf(pointer.segment);
    this.#segments[slot] = frameBytes === MOVED_FRAME_BYTES ? number | MOVED_BIT : number;
    this.#segmentOffsets[slot] = pointer.offset;
  }

  #numberOf(segment: number): number {
    // Writes go to one segment for a long time: the newest is the likeliest.
    const index = this.#segmentNumbers.lastIndexOf(segment);
    return index >= 0 ? index + 1 : this.#segmentNumbers.push(segment);
  }

  #frameBytes(slot: number): number {
    const segment = this.#segments === undefined ? 0 : this.#segments[slot]!;
    if (segment === 0) return this.#lengths[slot]!;
    return segment >= MOVED_BIT ? MOVED_FRAME_BYTES : POINTER_FRAME_BYTES;
  }

  #place(slot: number): Place {
    return {
      offset: this.#offsets[slot]!,
      length: this.#frameBytes(slot),
      valueBytes: this.#valueBytes[slot]!,
      expires: this.#expires === undefined ? Infinity : this.#expires[slot]!,
      pointer: this.#pointer(slot),
    };
  }

  #pointer(slot: number): Pointer | undefined {
    const segment = this.#segments === undefined ? 0 : this.#segments[slot]!;
    if (segment === 0) return undefined;
    return {
      segment: this.#segmentNumbers[(segment & ~MOVED_BIT) - 1]!,
      offset: this.#segmentOffsets![slot]!,
      length: this.#lengths[slot]!,
      valueBytes: this.#valueBytes[slot]!,
    };
  }

  /** The slot that holds the hash, or the empty one where it would go. */
  #slot(hash: KeyHash): number {
    let slot = this.#home(hash.b);
    for (; this.#offsets[slot] !== 0; slot = this.#after(slot)) {
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

  /**
   * Where a hash would go if every slot were empty. By its second word: the first hardly varies within a
   * block, whose prefix all its hashes share.
   */
  #home(word: number): number {
    return Math.floor((word >>> 0) * (this.#capacity / 2 ** 32));
  }

  #after(slot: number): number {
    return slot + 1 === this.#capacity ? 0 : slot + 1;
  }

  /** Steps from one slot on to another. */
  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#capacity;
  }

  #move(from: number, to: number): void {
    this.#hashes.copyWithin(to * WORDS, from * WORDS, (from + 1) * WORDS);
    this.#offsets[to] = this.#offsets[from]!;
    this.#lengths[to] = this.#lengths[from]!;
    this.#valueBytes[to] = this.#valueBytes[from]!;
    if (this.#expires !== undefined) this.#expires[to] = this.#expires[from]!;
    if (this.#segments !== undefined) this.#segments[to] = this.#segments[from]!;
    if (this.#segmentOffsets !== undefined) this.#segmentOffsets[to] = this.#segmentOffsets[from]!;
  }

  #resize(capacity: number): void {
    const offsets = this.#offsets;
    const hashes = this.#hashes;
    this.#capacity = Math.max(capacity, FIRST_CAPACITY);
    this.#offsets = new Uint32Array(this.#capacity);
    this.#hashes = new Int32Array(this.#capacity * WORDS);
    const slots = new Int32Array(offsets.length).fill(-1);
    for (let from = 0; from < offsets.length; from += 1) {
      if (offsets[from] === 0) continue;
      const at = from * WORDS;
      let to = this.#home(hashes[at + 1]!);
      while (this.#offsets[to] !== 0) to = this.#after(to);
      slots[from] = to;
      this.#offsets[to] = offsets[from]!;
      for (let word = 0; word < WORDS; word += 1) {
        this.#hashes[to * WORDS + word] = hashes[at + word]!;
      }
    }
    this.#lengths = spread(this.#lengths, slots, new Uint32Array(this.#capacity));
    this.#valueBytes = spread(this.#valueBytes, slots, new Uint32Array(this.#capacity));
    if (this.#expires !== undefined) {
      const wider = new Float64Array(this.#capacity).fill(Infinity);
      this.#expires = spread(this.#expires, slots, wider);
    }
    if (this.#segments !== undefined && this.#segmentOffsets !== undefined) {
      this.#segments = spread(this.#segments, slots, new Uint32Array(this.#capacity));
      this.#segmentOffsets = spread(this.#segmentOffsets, slots, new Uint32Array(this.#capacity));
    }
  }
}

/** @param slots where each element goes; -1: nowhere */
function spread<A extends Uint32Array | Float64Array>(from: A, slots: Int32Array, to: A): A {
  for (let slot = 0; slot < slots.length; slot += 1) {
    if (slots[slot]! >= 0) to[slots[slot]!] = from[slot]!;
  }
  return to;
}
