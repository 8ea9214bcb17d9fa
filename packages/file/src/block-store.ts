import type { Awaitable, ReportError, StoredEntry, StoredRecord, Usage } from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import type { Block } from "./block.ts";
import { keyHash } from "./key-hash.ts";
import type { Locks } from "./locks.ts";
import type { Pointer } from "./pointer.ts";
import { decodePointer, encodePointer } from "./pointer.ts";
import type { RecordHead, RecordView } from "./record.ts";
import { DELETED, IF_ABSENT, IF_SAME, POINTER, RecordWriter } from "./record.ts";
import type { Segments } from "./segments.ts";
import { Structure } from "./structure.ts";
import { Upkeep } from "./upkeep.ts";

/** How a store is laid out and how safe its writes are. */
export interface BlockStoreOptions {
  /** Live bytes at which a block splits. */
  readonly maxBlockBytes: number;
  /** Whether a write is on the device before it is acknowledged. */
  readonly durable: boolean;
}

/** Key and value that take more than this go to a segment, and the block holds a pointer. */
const INLINE_BYTES = 32 * 1024;

/** A write that was made, and what became of it. */
interface Written {
  readonly block: Block;
  readonly outcome: number | "sealed" | "gone";
}

/** Records to write by the block they go to, each with its key's hash, made when the epoch is known. */
type Groups = Map<Block | undefined, [Buffer, (salt: number) => Buffer][]>;

/** The entries of one mapping: keys and values as text and bytes. All handles of an id share it. */
export class BlockStore {
  readonly #structure: Structure;
  readonly #upkeep: Upkeep;
  readonly #records = new RecordWriter();
  readonly #durable: boolean;

  constructor(folder: string, id: string, locks: Locks, options: BlockStoreOptions) {
    this.#structure = new Structure(folder);
    this.#upkeep = new Upkeep(this.#structure, this.#records, locks, id, options.maxBlockBytes);
    this.#durable = options.durable;
  }

  /** Whether the mapping was ever written to and not dropped since. */
  exists(): boolean {
    this.#structure.reload();
    return this.#structure.epoch !== undefined;
  }

  lookup(key: string, report: ReportError): Awaitable<StoredEntry | undefined> {
    const hash = keyHash(key);
    const block = this.#structure.find(hash, report);
    const place = block?.index.find(hash);
    if (block === undefined || place === undefined) return undefined;
    const record = block.read(place, report);
    if (record === undefined) {
      block.forget(hash);
      return undefined;
    }
    if ((record.flags & POINTER) === 0) return entryOf(record, key);
    const found = this.#structure.segments!.read(decodePointer(record.value), report);
    if (found instanceof Promise) {
      return found.then((large) => this.#large(large, key, hash, block, record, report));
    }
    return this.#large(found, key, hash, block, record, report);
  }

  has(key: string, now: number, report: ReportError): boolean {
    const hash = keyHash(key);
    return this.#structure.find(hash, report)?.index.hasLive(hash, now) ?? false;
  }

  size(now: number, report: ReportError): number {
    let size = 0;
    for (const block of this.#structure.walk(report)) size += block.index.countLive(now);
    return size;
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

  /** Every record, a block at a time. */
  *records(report: ReportError): Iterable<StoredRecord> {
    for (const block of this.#structure.walk(report)) {
      const segments = this.#structure.segments!;
      yield* block.readAll(report).flatMap((record) => recordInfo(record, segments, report));
    }
  }

  /** @param onlyIfAbsent writes nothing where an entry is live at `entry.storedAt` */
  set(
    key: string,
    entry: StoredEntry,
    report: ReportError,
    onlyIfAbsent: boolean = false,
  ): Awaitable<boolean> {
    const hash = keyHash(key);
    const head = headOf(entry, hash, onlyIfAbsent ? IF_ABSENT : 0);
    if (entry.value.byteLength + key.length > INLINE_BYTES) {
      return this.#setLarge(key, entry, head, report);
    }
    const write = (salt: number): Buffer[] => [this.#records.frame(salt, head, key, entry.value)];
    return this.#write(hash, write, entry.storedAt, report);
  }

  /** Writes all records of a block in one go. */
  async setMany(
    entries: readonly (readonly [string, StoredEntry])[],
    now: number,
    report: ReportError,
  ): Promise<void> {
    const groups: Groups = new Map();
    for (const [key, entry] of entries) {
      if (entry.value.byteLength + key.length > INLINE_BYTES) {
        await this.set(key, entry, report);
        continue;
      }
      const hash = keyHash(key);
      const head = headOf(entry, hash, 0);
      const frame = (salt: number): Buffer => this.#records.frame(salt, head, key, entry.value);
      this.#addTo(groups, hash, frame);
    }
    await this.#writeGroups(groups, now, report);
  }

  /** @returns whether an entry that is live at `now` was deleted */
  delete(key: string, now: number, report: ReportError): Awaitable<boolean> {
    const hash = keyHash(key);
    if (this.#structure.find(hash, report)?.index.find(hash) === undefined) return false;
    return this.#write(hash, (salt) => [this.#tombstone(salt, hash, now)], now, report);
  }

  /** @returns how many entries that are live at `now` were deleted */
  deleteMany(keys: readonly string[], now: number, report: ReportError): Promise<number> {
    const groups: Groups = new Map();
    for (const key of keys) {
      const hash = keyHash(key);
      if (this.#structure.find(hash, report)?.index.find(hash) === undefined) continue;
      this.#addTo(groups, hash, (salt) => this.#tombstone(salt, hash, now));
    }
    return this.#writeGroups(groups, now, report);
  }

  /** Deletes each record that is still the one described. */
  async evict(records: readonly StoredRecord[], now: number, report: ReportError): Promise<void> {
    const groups: Groups = new Map();
    for (const { key, storedAt } of records) {
      const hash = keyHash(key);
      this.#addTo(groups, hash, (salt) => this.#tombstone(salt, hash, storedAt, IF_SAME));
    }
    await this.#writeGroups(groups, now, report);
  }

  clear(report: ReportError): Promise<void> {
    return this.#upkeep.clear(report);
  }

  drop(report: ReportError): Promise<boolean> {
    return this.#upkeep.drop(report);
  }

  /** Gives back the space of all that is dead. */
  compact(now: number, report: ReportError): Promise<void> {
    return this.#upkeep.compactAll(now, report);
  }

  close(): void {
    this.#structure.close();
  }

  #tombstone(salt: number, hash: Buffer, storedAt: number, condition: number = 0): Buffer {
    const head = { flags: DELETED | condition, hash, storedAt, expiresAt: undefined, cost: undefined };
    return this.#records.frame(salt, head);
  }

  #large(
    found: RecordView | undefined | "missing",
    key: string,
    hash: Buffer,
    block: Block,
    pointer: RecordView,
    report: ReportError,
  ): Awaitable<StoredEntry | undefined> {
    if (found !== undefined && found !== "missing") return entryOf(found, key);
    if (found === "missing" && this.#isOutdated(hash, pointer, report)) return this.lookup(key, report);
    if (found === "missing") {
      report(new DamagedError(`A large value of ${block.path}, whose segment is not there,`));
    }
    block.forget(hash);
    return undefined;
  }

  /** Whether the entry has moved since the pointer was read. */
  #isOutdated(hash: Buffer, pointer: RecordView, report: ReportError): boolean {
    const block = this.#structure.find(hash, report);
    const place = block?.index.find(hash);
    if (block === undefined || place === undefined) return true;
    return block.read(place, report)?.bytes.equals(pointer.bytes) !== true;
  }

  #setLarge(
    key: string,
    entry: StoredEntry,
    head: RecordHead,
    report: ReportError,
  ): Awaitable<boolean> {
    const hash = head.hash as Buffer;
    const publish = (pointer: Pointer): Written | undefined => {
      const block = this.#structure.cover(hash);
      const epoch = this.#structure.epoch;
      if (block === undefined || epoch === undefined) return undefined;
      const pointed = { ...head, flags: head.flags | POINTER };
      const frame = this.#records.frame(epoch.salt, pointed, "", encodePointer(pointer));
      this.#upkeep.spendLarge(pointer.length);
      return { block, outcome: block.append([frame], report) };
    };
    const once = (): Awaitable<Written | undefined> => {
      const { epoch, segments } = this.#structure;
      if (epoch === undefined || segments === undefined) return undefined;
      const frame = this.#records.frame(epoch.salt, { ...head, flags: 0 }, key, entry.value);
      return segments.append(frame, entry.value.byteLength, (pointer) =>
        // A clear in the meantime has taken the segment with it.
        epoch === this.#structure.epoch ? publish(pointer) : undefined,
      );
    };
    const written = once();
    if (!(written instanceof Promise)) {
      const done = this.#finish(written, entry.storedAt, report);
      if (done !== undefined) return done;
    }
    return this.#insist(hash, written, once, entry.storedAt, report);
  }

  /** One write to the block that covers a hash, at once where that can be. @returns what it changed */
  #write(
    hash: Buffer,
    frames: (salt: number) => Buffer[],
    now: number,
    report: ReportError,
  ): Awaitable<boolean> {
    const once = (): Written | undefined => {
      const block = this.#structure.cover(hash);
      if (block === undefined) return undefined;
      return { block, outcome: block.append(frames(this.#structure.epoch!.salt), report) };
    };
    const written = once();
    return this.#finish(written, now, report) ?? this.#insist(hash, written, once, now, report);
  }

  /** @returns undefined when the write does not count and has to be made again */
  #finish(
    written: Written | undefined,
    now: number,
    report: ReportError,
  ): Awaitable<boolean> | undefined {
    if (written === undefined || typeof written.outcome !== "number") return undefined;
    const changed = written.outcome > 0;
    if (!this.#durable && !this.#upkeep.isDue(written.block)) return changed;
    return this.#settle(written.block, now, report).then(() => changed);
  }

  async #insist(
    hash: Buffer,
    first: Awaitable<Written | undefined>,
    again: () => Awaitable<Written | undefined>,
    now: number,
    report: ReportError,
  ): Promise<boolean> {
    for (let written = await first; ; written = await again()) {
      const done = this.#finish(written, now, report);
      if (done !== undefined) return done;
      await this.#upkeep.makeWritable(hash, now, report);
    }
  }

  /** What may be left to do after a write: to have it on the device, to split or compact the block. */
  async #settle(block: Block, now: number, report: ReportError): Promise<void> {
    if (this.#durable) {
      await this.#structure.segments?.sync();
      await block.sync();
    }
    if (this.#upkeep.isDue(block)) await this.#upkeep.tidy(block.prefix, now, report);
  }

  #addTo(
    groups: Groups,
    hash: Buffer,
    frame: (salt: number) => Buffer,
  ): void {
    const block = this.#structure.cover(hash);
    const group = groups.get(block);
    if (group === undefined) groups.set(block, [[hash, frame]]);
    else group.push([hash, frame]);
  }

  /** @returns how many of the records changed something */
  async #writeGroups(
    groups: Groups,
    now: number,
    report: ReportError,
  ): Promise<number> {
    let changed = 0;
    for (const [block, group] of groups) {
      const epoch = this.#structure.epoch;
      let outcome: number | "sealed" | "gone" = "gone";
      if (block !== undefined && epoch !== undefined && this.#structure.cover(group[0]![0]) === block) {
        outcome = block.append(
          group.map(([, frame]) => frame(epoch.salt)),
          report,
        );
        if (typeof outcome === "number") {
          changed += outcome;
          await this.#settle(block, now, report);
        }
      }
      if (typeof outcome === "number") continue;
      // The block has been replaced: its keys may lie in several now.
      for (const [hash, frame] of group) {
        if (await this.#write(hash, (salt) => [frame(salt)], now, report)) changed += 1;
      }
    }
    return changed;
  }
}

function headOf({ storedAt, expiresAt, cost }: StoredEntry, hash: Buffer, flags: number): RecordHead {
  return { flags, hash, storedAt, expiresAt, cost };
}

/** A record as an entry, unless it is another key's, which a hash alone does not rule out. */
function entryOf(record: RecordView, key: string): StoredEntry | undefined {
  if (record.key !== key) return undefined;
  const { value, storedAt, expiresAt, cost } = record;
  return { value, storedAt, expiresAt, cost };
}

function recordInfo(record: RecordView, segments: Segments, report: ReportError): StoredRecord[] {
  const { storedAt, expiresAt, cost } = record;
  if ((record.flags & POINTER) === 0) {
    return [{ key: record.key, bytes: record.valueLength, storedAt, expiresAt, cost }];
  }
  const pointer = decodePointer(record.value);
  const key = segments.readKey(pointer);
  if (key !== undefined) return [{ key, bytes: pointer.valueBytes, storedAt, expiresAt, cost }];
  report(new DamagedError(`The record at offset ${pointer.offset} of ${segments.path(pointer.segment)}`));
  return [];
}
