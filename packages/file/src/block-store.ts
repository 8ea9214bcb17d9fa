import { setImmediate as nextTurn } from "node:timers/promises";
import type {
  Awaitable,
  LentEntry,
  ReportError,
  StoredEntry,
  StoredRecord,
  Usage,
} from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import type { Locks } from "@class-cache/mapping/disk";
import type { Block } from "./block.ts";
import type { Place } from "./block-index.ts";
import type { Draft } from "./block-writes.ts";
import { BlockWrites } from "./block-writes.ts";
import type { FileCalls } from "./file-calls.ts";
import type { Findings } from "./inspect-mapping.ts";
import { KeyHash } from "./key-hash.ts";
import type { LargeDraft } from "./large-draft.ts";
import type { OpenFiles } from "./open-files.ts";
import { lengthOf } from "./pieces.ts";
import type { Pointer } from "./pointer.ts";
import { encodePointer, samePlace } from "./pointer.ts";
import type { RecordHead, RecordView } from "./record.ts";
import { DELETED, IF_ABSENT, IF_SAME, POINTER } from "./record.ts";
import { RecordWriter } from "./record-writer.ts";
import { entryOf, headOf, recordInfo } from "./stored-record.ts";
import type { Segments } from "./segments.ts";
import { Structure } from "./structure.ts";
import { UnderWay } from "./under-way.ts";
import { Upkeep } from "./upkeep.ts";

/** How a store is laid out and how safe its writes are. */
export interface BlockStoreOptions {
  /** Live bytes at which a block splits. */
  readonly maxBlockBytes: number;
  /** Whether a write is on the device before it is acknowledged. */
  readonly durable: boolean;
}

/** Key and value that take more than this go to a segment, and the block holds a pointer. */
const INLINE_BYTES = 4 * 1024;

/** How long reading a store may keep the event loop from turning, and a block more. */
const SLICE_MS = 10;

/** The entries of one mapping: keys and values as text and bytes. All handles of an id share it. */
export class BlockStore {
  readonly #structure: Structure;
  readonly #upkeep: Upkeep;
  readonly #records = new RecordWriter();
  readonly #underWay = new UnderWay();
  readonly #writes: BlockWrites;
  #handles = 0;

  constructor(
    calls: FileCalls,
    folder: string,
    id: string,
    locks: Locks,
    open: OpenFiles,
    options: BlockStoreOptions,
  ) {
    this.#structure = new Structure(calls, folder, open);
    this.#upkeep = new Upkeep(this.#structure, this.#records, locks, id, options.maxBlockBytes);
    this.#writes = new BlockWrites(this.#structure, this.#upkeep, this.#underWay, options.durable);
  }

  /** Told of another handle. */
  enter(): void {
    this.#handles += 1;
  }

  /** Told that a handle was closed. With the last one go the files and what is known of them, until they are needed. */
  async leave(): Promise<void> {
    this.#handles -= 1;
    await this.#underWay.end(() => this.#handles === 0);
    if (this.#handles > 0) return;
    this.#writes.end();
    this.#structure.close();
  }

  /** @param isBrief whether the value's memory may be used again by the next such call */
  lookup(
    key: string,
    report: ReportError,
    isBrief: boolean = false,
  ): Awaitable<StoredEntry | undefined> {
    const hash = KeyHash.of(key);
    const block = this.#structure.find(hash, report);
    const place = block?.index.find(hash);
    if (block === undefined || place === undefined) return undefined;
    const { pointer } = place;
    if (pointer === undefined) {
      const record = isBrief ? block.peek(place, report) : block.read(place, report);
      if (record === undefined) return this.lookup(key, report);
      return record.isOf(key) ? entryOf(record, record.value) : undefined;
    }
    const segments = this.#structure.segments!;
    const found = segments.read(pointer, report, isBrief);
    if (found instanceof Promise) {
      return this.#underWay.track(
        found.then((large) => this.#large(large, key, hash, segments, pointer, report)),
      );
    }
    return this.#large(found, key, hash, segments, pointer, report);
  }

  has(key: string, now: number, report: ReportError): boolean {
    const hash = KeyHash.of(key);
    return this.#structure.find(hash, report)?.index.hasLive(hash, now) ?? false;
  }

  size(now: number, report: ReportError): number {
    let size = 0;
    for (const block of this.#structure.walk(report)) size += block.index.countLive(now);
    return size;
  }

  /** Reads what has not been read yet, which takes about a second for a million entries, in slices. */
  async readAll(report: ReportError): Promise<void> {
    await this.#underWay.track(this.#readAll(report));
  }

  usage(report: ReportError): Usage {
    let entries = 0;
    let bytes = 0;
    for (const block of this.#structure.walk(report)) {
      entries += block.index.count;
      bytes += block.index.valueBytes;
    }
    return { entries, bytes };
  }

  /**
   * Every record, a block at a time. No key comes twice, and none that is there throughout is missed.
   *
   * @param prefix of the hashes of their keys
   */
  *records(report: ReportError, prefix: string = ""): Iterable<StoredRecord> {
    let last: string | undefined;
    for (const block of this.#structure.walk(report, prefix)) {
      const done = last;
      let records = block.readAll(report);
      // After a clear one block takes the keys of many again: also of those that have been.
      if (done !== undefined && block.prefix < done) {
        records = records.filter(({ hash }) => hash.toString().slice(0, done.length) > done);
      }
      yield* records.flatMap((record) => recordInfo(record, this.#structure, report));
      last = block.prefix;
    }
  }

  /** The prefix that the hashes of the keys in each block have. */
  prefixes(report: ReportError): string[] {
    return Array.from(this.#structure.walk(report), ({ prefix }) => prefix);
  }

  /** @param onlyIfAbsent writes nothing where an entry is live at `entry.storedAt` */
  set(
    key: string,
    entry: StoredEntry,
    report: ReportError,
    onlyIfAbsent: boolean = false,
  ): Awaitable<boolean> {
    const head = headOf(entry, KeyHash.of(key), onlyIfAbsent ? IF_ABSENT : 0);
    return this.#underWay.track(
      isLarge(key, entry.value.byteLength)
        ? this.#writes.writeLarge(
            this.#largeDraft(key, [entry.value], head, false),
            entry.storedAt,
            report,
          )
        : this.#writes.write(this.#draft(key, entry, head), entry.storedAt, report),
    );
  }

  /**
   * The same, done with the entry's bytes when it returns.
   *
   * @returns false where that cannot be
   */
  setAtOnce(key: string, entry: LentEntry, report: ReportError): Awaitable<boolean> {
    if (!isLarge(key, lengthOf(entry.pieces))) return false;
    const head = headOf(entry, KeyHash.of(key), 0);
    const draft = this.#largeDraft(key, entry.pieces, head, true);
    const written = this.#writes.writeLargeAtOnce(draft, entry.storedAt, report);
    if (written instanceof Promise) return this.#underWay.track(written).then(() => true);
    return written !== undefined;
  }

  /** Writes all records of a block in one go. */
  async setMany(
    entries: readonly (readonly [string, StoredEntry])[],
    now: number,
    report: ReportError,
  ): Promise<void> {
    const drafts: Draft[] = [];
    for (const [key, entry] of entries) {
      if (isLarge(key, entry.value.byteLength)) await this.set(key, entry, report);
      else drafts.push(this.#draft(key, entry, headOf(entry, KeyHash.of(key), 0)));
    }
    await this.#underWay.track(this.#writes.writeMany(drafts, now, report));
  }

  /** @returns whether an entry that is live at `now` was deleted */
  delete(key: string, now: number, report: ReportError): Awaitable<boolean> {
    const hash = KeyHash.of(key);
    if (this.#structure.find(hash, report)?.index.find(hash) === undefined) return false;
    return this.#underWay.track(this.#writes.write(this.#tombstone(hash, now), now, report));
  }

  /** @returns how many entries that are live at `now` were deleted */
  deleteMany(keys: readonly string[], now: number, report: ReportError): Promise<number> {
    const drafts = keys
      .map((key) => KeyHash.of(key))
      .filter((hash) => this.#structure.find(hash, report)?.index.find(hash) !== undefined)
      .map((hash) => this.#tombstone(hash, now));
    return this.#underWay.track(this.#writes.writeMany(drafts, now, report));
  }

  /** Deletes each record that is still the one described. */
  async evict(records: readonly StoredRecord[], now: number, report: ReportError): Promise<void> {
    const drafts = records.map(({ key, storedAt }) =>
      this.#tombstone(KeyHash.of(key), storedAt, IF_SAME),
    );
    await this.#underWay.track(this.#writes.writeMany(drafts, now, report));
  }

  /** Mends what an inspection found. What is sound stays, and so does what was written since. */
  async mend({ blocks, lost }: Findings, now: number, report: ReportError): Promise<void> {
    const drafts = lost.map(({ hash, storedAt }) => this.#tombstone(hash, storedAt, IF_SAME));
    await this.#underWay.track(this.#writes.writeMany(drafts, now, report));
    await this.#underWay.track(this.#upkeep.rebuild(blocks, now, report));
  }

  clear(report: ReportError): Promise<void> {
    return this.#underWay.track(this.#upkeep.clear(report));
  }

  drop(report: ReportError): Promise<boolean> {
    return this.#underWay.track(this.#upkeep.drop(report));
  }

  /** Gives back the space of all that is dead. */
  compact(now: number, report: ReportError): Promise<void> {
    return this.#underWay.track(this.#upkeep.compactAll(now, report));
  }

  /** Closes the store for good, once what is under way has ended. */
  async close(): Promise<void> {
    await this.#underWay.end();
    this.#writes.end();
    this.#structure.end();
  }

  async #readAll(report: ReportError): Promise<void> {
    let began = performance.now();
    for (const _read of this.#structure.walk(report)) {
      if (performance.now() - began < SLICE_MS) continue;
      await nextTurn();
      began = performance.now();
    }
  }

  #draft(key: string, entry: StoredEntry, head: RecordHead): Draft {
    const frame = (salt: number, isFirst?: boolean): RecordView =>
      this.#records.frame(salt, head, key, entry.value, isFirst);
    return { hash: head.hash, frame };
  }

  #largeDraft(
    key: string,
    value: readonly Uint8Array[],
    head: RecordHead,
    isLent: boolean,
  ): LargeDraft {
    const pointed = { ...head, flags: head.flags | POINTER };
    const plain = { ...head, flags: 0 };
    return {
      hash: head.hash,
      valueBytes: lengthOf(value),
      isLent,
      pieces: (salt, isBrief) => this.#records.pieces(salt, plain, key, value, isBrief),
      pointer: (salt, pointer) => this.#records.frame(salt, pointed, "", encodePointer(pointer)),
    };
  }

  #tombstone(hash: KeyHash, storedAt: number, condition: number = 0): Draft {
    const flags = DELETED | condition;
    const head = { flags, hash, storedAt, expiresAt: undefined, cost: undefined };
    return { hash, frame: (salt) => this.#records.frame(salt, head) };
  }

  #large(
    found: RecordView | undefined | "missing",
    key: string,
    hash: KeyHash,
    segments: Segments,
    pointer: Pointer,
    report: ReportError,
  ): Awaitable<StoredEntry | undefined> {
    if (found !== undefined && found !== "missing") {
      return found.isOf(key) ? entryOf(found, found.value) : undefined;
    }
    this.#structure.look();
    const block = this.#structure.find(hash, report);
    const place = block?.index.find(hash);
    if (segments !== this.#structure.segments) return this.lookup(key, report);
    if (block === undefined || place?.pointer === undefined) return this.lookup(key, report);
    if (!samePlace(place.pointer, pointer)) return this.lookup(key, report);
    if (found === "missing") {
      report(new DamagedError(`A large value of ${block.path}, whose segment is not there,`));
    }
    this.#bury(hash, block, place, report);
    return undefined;
  }

  /** Deletes an entry whose value is damaged, so that it is absent for every operation and process. */
  #bury(hash: KeyHash, block: Block, place: Place, report: ReportError): void {
    const { epoch } = this.#structure;
    const record = block.read(place, report);
    if (epoch === undefined || record === undefined) return;
    try {
      block.append([this.#tombstone(hash, record.storedAt, IF_SAME).frame(epoch.salt)], report);
      this.#writes.oweWrites(block);
    } catch (error) {
      report(error as Error);
      block.forget(hash);
    }
  }
}

function isLarge(key: string, valueBytes: number): boolean {
  return valueBytes + key.length > INLINE_BYTES;
}
