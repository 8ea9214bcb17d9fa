import { basename, dirname, join } from "node:path";
import type { Lease, ReportError } from "@class-cache/mapping";
import type { Locks } from "@class-cache/mapping/disk";
import { makeFolder, namesIn, remove } from "@class-cache/mapping/disk";
import type { Block } from "./block.ts";
import type { Epoch } from "./epoch.ts";
import { removeOtherEpochs, startEpoch } from "./epoch.ts";
import { draftBlockFile } from "./block-file.ts";
import type { SegmentLimits } from "./collect-segments.ts";
import { collectSegments } from "./collect-segments.ts";
import { removeHalfMade } from "./half-made.ts";
import { putAside, removeDropped } from "./dropped.ts";
import { isDiskFull } from "./disk-full.ts";
import { HASH_DIGITS, KeyHash } from "./key-hash.ts";
import { lockTimeout } from "./lock-timeout.ts";
import { readManifest, writeManifest } from "./manifest.ts";
import { draftSuccessors } from "./rebuild.ts";
import type { RecordView } from "./record.ts";
import { SEAL } from "./record.ts";
import type { RecordWriter } from "./record-writer.ts";
import type { Structure } from "./structure.ts";

/**
 * Of what lives in a block, beyond which what is dead goes. Writing waits where there is so much more of it:
 * together they keep a block below twice what lives there.
 */
const TOLERATED_DEAD_SHARE = 0.4;
const OVERDUE = 1.6;

/** Dead bytes that a block may have however little lives in it: compacting costs about a millisecond. */
const TOLERATED_DEAD_BYTES = 32 * 1024;

/** What is dead in a block, as a share of what lives, that pruning leaves. */
const PRUNED_DEAD_SHARE = 0.01;

/**
 * Bytes of large values that are written between two looks at what is dead in the segments: a share of
 * what lives there, within bounds. A look takes a tenth of a millisecond, and more with many blocks.
 */
const LARGE_SHARE = 1 / 8;
const LEAST_LARGE_BYTES = 4 * 1024 * 1024;
const MOST_LARGE_BYTES = 64 * 1024 * 1024;

/** Keeps the segments, with spares, near twice what lives there. With less, more is copied that dies soon anyway. */
const WHILE_WRITING = { ofLive: 0.6, ofSegment: 0.4 };
const PRUNED: SegmentLimits = { ofLive: 0, ofSegment: 0.05, spare: 0 };

/** For how long what is due is left to another process that is at it: to ask takes as long as a write. */
const OTHERS_MS = 1;

/** Of records that say nothing of a key. */
const NO_HASH = new KeyHash(0, 0, 0, 0);

/** How long a write waits for a rebuild that another process has under way. */
const PATIENCE_MS = 10_000;

/**
 * All that changes which files a store has: making it, splitting and compacting blocks, collecting
 * segments, clearing, dropping. One process at a time does such a thing to a store, under its lock;
 * each takes effect in one step, so that a death at any instant leaves the old or the new.
 */
export class Upkeep {
  readonly #structure: Structure;
  readonly #records: RecordWriter;
  readonly #locks: Locks;
  readonly #id: string;
  readonly #maxBlockBytes: number;
  /** What this process is at already: then its other writes need not queue up for the same. */
  #tidying: Promise<void> | undefined;
  /** Until then another process is taken to be at such a thing. */
  #othersUntil = 0;
  #largeBytes = 0;
  #largeBetweenLooks = LEAST_LARGE_BYTES;

  constructor(
    structure: Structure,
    records: RecordWriter,
    locks: Locks,
    id: string,
    maxBlockBytes: number,
  ) {
    this.#structure = structure;
    this.#records = records;
    this.#locks = locks;
    this.#id = id;
    this.#maxBlockBytes = maxBlockBytes;
  }

  /** Whether a block has outgrown its size, or too much of it or of the segments is dead, and nobody is at it. */
  isDue(block: Block): boolean {
    if (!this.#isTooLarge(block) && !this.#isWasteful(block) && !this.#isLargeDue()) return false;
    return performance.now() >= this.#othersUntil;
  }

  /** Whether a block is so far past that point that writing has to wait for the upkeep. */
  isOverdue(block: Block): boolean {
    return (
      block.deadBytes > OVERDUE * this.#toleratedDeadBytes(block) ||
      block.index.liveBytes > 2 * this.#maxBlockBytes ||
      this.#largeBytes > 2 * this.#largeBetweenLooks
    );
  }

  /** Told of a large value that was written. */
  spendLarge(bytes: number): void {
    this.#largeBytes += bytes;
  }

  /**
   * Splits or compacts a block where that is due, unless another process is at such a thing. Its
   * failure is reported, never thrown: the write that led here has been made.
   */
  tidy(prefix: string, now: number, report: ReportError): Promise<void> {
    this.#tidying ??= this.#tidy(prefix, now, report).finally(() => {
      this.#tidying = undefined;
    });
    return this.#tidying;
  }

  async #tidy(prefix: string, now: number, report: ReportError): Promise<void> {
    let lock: Lease | undefined;
    try {
      lock = await this.#locks.acquire("store", this.#lockName, { patience: 0 });
      if (lock === undefined) {
        this.#othersUntil = performance.now() + OTHERS_MS;
        return;
      }
      this.#structure.look();
      const { epoch } = this.#structure;
      if (epoch === undefined) return;
      for (const block of this.#structure.walk(report, prefix)) {
        if (this.#isTooLarge(block) || this.#isWasteful(block))
          await this.#replace(epoch, block, now, report);
      }
      if (this.#isLargeDue()) {
        this.#largeBytes = 0;
        await this.#collect(epoch, { ...WHILE_WRITING, spare: this.#largeBetweenLooks }, report);
      }
    } catch (error) {
      report(error as Error);
    } finally {
      await lock?.release();
    }
  }

  /** Sees to it that the block which covers a hash exists and takes records. */
  async makeWritable(hash: KeyHash, now: number, report: ReportError): Promise<void> {
    this.#structure.reload();
    const block = this.#structure.find(hash, report);
    if (block !== undefined && !block.isSealed) return;
    await this.#exclusively(async () => {
      this.#structure.reload();
      const { calls, folder } = this.#structure;
      const found = this.#structure.find(hash, report);
      const { epoch } = this.#structure;
      if (epoch === undefined) {
        makeFolder(folder, calls);
        removeDropped(calls, dirname(folder), report);
        await writeManifest(calls, folder, this.#id);
        await startEpoch(calls, folder, 1);
      } else if (found === undefined) {
        const prefix = this.#structure.missingPrefix(hash);
        (await draftBlockFile(calls, epoch.folder, prefix, epoch.salt)).publish();
      } else if (found.isSealed) await this.#replace(epoch, found, now, report);
      this.#structure.reload();
    });
  }

  async clear(report: ReportError): Promise<void> {
    this.#structure.reload();
    if (this.#structure.epoch === undefined) return;
    await this.#exclusively(async () => {
      this.#structure.reload();
      const { calls, epoch, folder } = this.#structure;
      if (epoch === undefined) return;
      this.#sealAll(report);
      const next = await startEpoch(calls, folder, epoch.number + 1);
      this.#structure.reload();
      // Where the folder was moved meanwhile, that of another store is in its place.
      if (this.#structure.epoch?.folder === next.folder) removeOtherEpochs(calls, folder, next);
    });
  }

  /** @returns whether there was anything to drop */
  async drop(report: ReportError): Promise<boolean> {
    this.#structure.reload();
    if (this.#structure.epoch === undefined) return false;
    return this.#exclusively(async () => {
      this.#structure.reload();
      if (this.#structure.epoch === undefined) return false;
      this.#sealAll(report);
      const { calls, folder } = this.#structure;
      putAside(calls, folder);
      this.#structure.close();
      removeDropped(calls, dirname(folder), report);
      return true;
    });
  }

  /** Gives back the space of all that is dead. */
  async compactAll(now: number, report: ReportError): Promise<void> {
    this.#structure.reload();
    if (this.#structure.epoch === undefined) return;
    await this.#exclusively(async () => {
      this.#structure.reload();
      const { calls, epoch, folder } = this.#structure;
      if (epoch === undefined) return;
      removeOtherEpochs(calls, folder, epoch);
      removeDropped(calls, dirname(folder), report);
      await removeHalfMade(calls, dirname(folder), this.#locks);
      for (const name of namesIn(epoch.folder, calls)) {
        if (name.endsWith(".tmp")) remove(join(epoch.folder, name), calls);
      }
      if (readManifest(calls, folder) === undefined) await writeManifest(calls, folder, this.#id);
      for (const block of this.#structure.walk(report)) {
        const due = block.isSealed || this.#isTooLarge(block);
        if (due || block.deadBytes > PRUNED_DEAD_SHARE * block.index.liveBytes)
          await this.#replace(epoch, block, now, report);
      }
      await this.#collect(epoch, PRUNED, report);
    });
  }

  /** Makes blocks anew, from what is sound of them, or empty where they are missing. */
  async rebuild(prefixes: readonly string[], now: number, report: ReportError): Promise<void> {
    await this.#exclusively(async () => {
      this.#structure.reload();
      const { calls, epoch, folder } = this.#structure;
      if (epoch === undefined) return;
      if (readManifest(calls, folder) === undefined) await writeManifest(calls, folder, this.#id);
      for (const prefix of prefixes) {
        const block = this.#structure.find(KeyHash.from(prefix), report);
        // Of a block that was split meanwhile its successors have what is sound.
        if (block?.prefix === prefix) await this.#replace(epoch, block, now, report);
        else if (block === undefined) {
          (await draftBlockFile(calls, epoch.folder, prefix, epoch.salt)).publish();
          this.#structure.reload();
        }
      }
    });
  }

  async #collect(epoch: Epoch, limits: SegmentLimits, report: ReportError): Promise<void> {
    const live = await collectSegments(this.#structure, epoch, this.#records, limits, report);
    const share = Math.max(LEAST_LARGE_BYTES, live * LARGE_SHARE);
    this.#largeBetweenLooks = Math.min(share, MOST_LARGE_BYTES);
  }

  #isTooLarge({ index, prefix }: Block): boolean {
    return index.liveBytes > this.#maxBlockBytes && index.count > 1 && prefix.length < HASH_DIGITS;
  }

  #isWasteful(block: Block): boolean {
    return block.deadBytes > this.#toleratedDeadBytes(block);
  }

  /** As much as lives, and a little anyhow; a store that is one block only may have a block of it. */
  #toleratedDeadBytes({ index, prefix }: Block): number {
    const little = prefix === "" ? this.#maxBlockBytes : TOLERATED_DEAD_BYTES;
    return Math.max(index.liveBytes * TOLERATED_DEAD_SHARE, little);
  }

  #isLargeDue(): boolean {
    return this.#largeBytes > this.#largeBetweenLooks;
  }

  get #lockName(): string {
    return basename(this.#structure.folder);
  }

  async #exclusively<R>(work: () => Promise<R>): Promise<R> {
    const lock = await this.#locks.acquire("store", this.#lockName, { patience: PATIENCE_MS });
    if (lock === undefined) throw lockTimeout(this.#structure.folder, PATIENCE_MS);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  /** @param epoch the one whose place the lock is of */
  async #replace(epoch: Epoch, block: Block, now: number, report: ReportError): Promise<void> {
    this.#structure.requireInPlace(epoch);
    const limits = { maxBlockBytes: this.#maxBlockBytes, now };
    block.isBeingReplaced = true;
    const successors = await draftSuccessors(
      this.#structure.calls,
      epoch,
      block,
      this.#records,
      limits,
      report,
    ).finally(() => {
      block.isBeingReplaced = false;
    });
    this.#structure.requireInPlace(epoch);
    // From here to the end nothing waits: other writers find the seal and the successors in one go.
    if (block.seal(this.#sealFrame(epoch.salt), report) === "sealed") successors.publish(report);
    else successors.discard();
    this.#structure.reload();
  }

  /** From here on nothing that another process writes counts until there is a successor. */
  #sealAll(report: ReportError): void {
    const { salt } = this.#structure.epoch!;
    for (const block of this.#structure.walk(report)) {
      try {
        block.seal(this.#sealFrame(salt), report);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        // What is to be removed makes room for the seal.
        block.empty();
        block.seal(this.#sealFrame(salt), report);
      }
    }
  }

  #sealFrame(salt: number): RecordView {
    const none = { storedAt: 0, expiresAt: undefined, cost: undefined };
    return this.#records.frame(salt, { flags: SEAL, hash: NO_HASH, ...none });
  }
}
