import type {
  Awaitable,
  ReportError,
  StoredEntry,
  StoredRecord,
  Usage,
} from "@class-cache/mapping";
import { DamagedError } from "@class-cache/mapping";
import type { Block } from "./block.ts";
import { KeyHash } from "./key-hash.ts";
import type { Locks } from "./locks.ts";
import type { Pointer } from "./pointer.ts";
import { decodePointer, encodePointer } from "./pointer.ts";
import type { RecordHead, RecordView } from "./record.ts";
import { DELETED, IF_ABSENT, IF_SAME, POINTER, RecordWriter } from "./record.ts";
import { entryOf, headOf, recordInfo } from "./stored-record.ts";
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
const INLINE_BYTES = 32 * 1024;

/** A write that was made, and what became of it. */
interface Written {
  readonly block: Block;
  readonly outcome: number | "sealed" | "gone";
}

/** Records to write by the block they go to, each with its key's hash, made when the epoch is known. */
type Groups = Map<Block | undefined, [KeyHash, (salt: number) => Buffer][]>;

/** The entries of one mapping: keys and values as text and bytes. All handles of an id share it. */
export class BlockStore {
  readonly #structure: Structure;
  readonly #upkeep: Upkeep;
  readonly #records = new RecordWriter();
  readonly #durable: boolean;
  readonly #underWay = new UnderWay();

  constructor(folder: string, id: string, locks: Locks, options: BlockStoreOptions) {
    this.#structure = new Structure(folder);
    this.#upkeep = new Upkeep(this.#structure, this.#records, locks, id, options.maxBlockBytes);
    this.#durable = options.durable;
  }

  lookup(key: string, report: ReportError): Awaitable<StoredEntry | undefined> {
    const hash = KeyHash.of(key);
    const block = this.#structure.find(hash, report);
    const place = block?.index.find(hash);
    if (block === undefined || place === undefined) return undefined;
    const record = block.read(place, report);
    if (record === undefined) return this.lookup(key, report);
    if ((record.flags & POINTER) === 0) return entryOf(record, key);
    const found = this.#structure.segments!.read(decodePointer(record.value), report);
    if (found instanceof Promise) {
      return this.#underWay.track(
        found.then((large) => this.#large(large, key, hash, block, record, report)),
      );
    }
    return this.#large(found, key, hash, block, record, report);
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
    const hash = KeyHash.of(key);
    const head = headOf(entry, hash, onlyIfAbsent ? IF_ABSENT : 0);
    if (entry.value.byteLength + key.length > INLINE_BYTES) {
      return this.#underWay.track(this.#setLarge(key, entry, head, report));
    }
    const write = (salt: number): Buffer[] => [this.#records.frame(salt, head, key, entry.value)];
    return this.#underWay.track(this.#write(hash, write, entry.storedAt, report));
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
      const hash = KeyHash.of(key);
      const head = headOf(entry, hash, 0);
      const frame = (salt: number): Buffer => this.#records.frame(salt, head, key, entry.value);
      this.#addTo(groups, hash, frame);
    }
    await this.#underWay.track(this.#writeGroups(groups, now, report));
  }

  /** @returns whether an entry that is live at `now` was deleted */
  delete(key: string, now: number, report: ReportError): Awaitable<boolean> {
    const hash = KeyHash.of(key);
    if (this.#structure.find(hash, report)?.index.find(hash) === undefined) return false;
    return this.#underWay.track(
      this.#write(hash, (salt) => [this.#tombstone(salt, hash, now)], now, report),
    );
  }

  /** @returns how many entries that are live at `now` were deleted */
  deleteMany(keys: readonly string[], now: number, report: ReportError): Promise<number> {
    const groups: Groups = new Map();
    for (const key of keys) {
      const hash = KeyHash.of(key);
      if (this.#structure.find(hash, report)?.index.find(hash) === undefined) continue;
      this.#addTo(groups, hash, (salt) => this.#tombstone(salt, hash, now));
    }
    return this.#underWay.track(this.#writeGroups(groups, now, report));
  }

  /** Deletes each record that is still the one described. */
  async evict(records: readonly StoredRecord[], now: number, report: ReportError): Promise<void> {
    const groups: Groups = new Map();
    for (const { key, storedAt } of records) {
      const hash = KeyHash.of(key);
      this.#addTo(groups, hash, (salt) => this.#tombstone(salt, hash, storedAt, IF_SAME));
    }
    await this.#underWay.track(this.#writeGroups(groups, now, report));
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
    this.#structure.end();
  }

  #tombstone(salt: number, hash: KeyHash, storedAt: number, condition: number = 0): Buffer {
    const head = {
      flags: DELETED | condition,
      hash,
      storedAt,
      expiresAt: undefined,
      cost: undefined,
    };
    return this.#records.frame(salt, head);
  }

  #large(
    found: RecordView | undefined | "missing",
    key: string,
    hash: KeyHash,
    block: Block,
    pointer: RecordView,
    report: ReportError,
  ): Awaitable<StoredEntry | undefined> {
    if (found !== undefined && found !== "missing") return entryOf(found, key);
    if (found === "missing" && this.#isOutdated(hash, pointer, report))
      return this.lookup(key, report);
    if (found === "missing") {
      report(new DamagedError(`A large value of ${block.path}, whose segment is not there,`));
    }
    this.#bury(hash, block, pointer, report);
    return undefined;
  }

  /** Deletes an entry whose value is damaged, so that it is absent for every operation and process. */
  #bury(hash: KeyHash, block: Block, pointer: RecordView, report: ReportError): void {
    const { epoch } = this.#structure;
    if (epoch === undefined || this.#structure.cover(hash) !== block) return;
    try {
      block.append([this.#tombstone(epoch.salt, hash, pointer.storedAt, IF_SAME)], report);
      block.writeMarks();
    } catch (error) {
      report(error as Error);
      block.forget(hash);
    }
  }

  /** Whether the entry has moved since the pointer was read. */
  #isOutdated(hash: KeyHash, pointer: RecordView, report: ReportError): boolean {
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
    const { hash } = head;
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
      const pieces = this.#records.pieces(epoch.salt, { ...head, flags: 0 }, key, entry.value);
      return segments.append(pieces, entry.value.byteLength, this.#durable, (pointer) =>
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
    hash: KeyHash,
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
    const { block } = written;
    if (this.#durable) return this.#settle(block, now, report).then(() => changed);
    block.writeMarks();
    const tidied = this.#tidy(block, now, report);
    return tidied === undefined ? changed : tidied.then(() => changed);
  }

  async #insist(
    hash: KeyHash,
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

  async #settle(block: Block, now: number, report: ReportError): Promise<void> {
    await block.sync();
    block.writeMarks();
    await this.#tidy(block, now, report);
  }

  /** Begins the upkeep that is due. @returns what to wait for before writing on: only where it is overdue */
  #tidy(block: Block, now: number, report: ReportError): Promise<void> | undefined {
    if (!this.#upkeep.isDue(block)) return undefined;
    const tidied = this.#underWay.track(this.#upkeep.tidy(block.prefix, now, report));
    return this.#upkeep.isOverdue(block) ? tidied : undefined;
  }

  #addTo(groups: Groups, hash: KeyHash, frame: (salt: number) => Buffer): void {
    const block = this.#structure.cover(hash);
    const group = groups.get(block);
    if (group === undefined) groups.set(block, [[hash, frame]]);
    else group.push([hash, frame]);
  }

  /** @returns how many of the records changed something */
  async #writeGroups(groups: Groups, now: number, report: ReportError): Promise<number> {
    let changed = 0;
    for (const [block, group] of groups) {
      const epoch = this.#structure.epoch;
      let outcome: number | "sealed" | "gone" = "gone";
      if (
        block !== undefined &&
        epoch !== undefined &&
        this.#structure.cover(group[0]![0]) === block
      ) {
        outcome = block.append(
          group.map(([, frame]) => frame(epoch.salt)),
          report,
        );
        if (typeof outcome === "number") {
          changed += outcome;
          await this.#finish({ block, outcome }, now, report);
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
