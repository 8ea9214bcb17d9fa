import { randomBytes } from "node:crypto";
import { basename, dirname } from "node:path";
import type { Lease, ReportError } from "@class-cache/mapping";
import type { Block } from "./block.ts";
import { removeOtherEpochs, startEpoch } from "./epoch.ts";
import { createBlockFile } from "./block-file.ts";
import { collectSegments } from "./collect-segments.ts";
import { makeFolder, remove, rename } from "./file-system.ts";
import { HASH_DIGITS } from "./key-hash.ts";
import type { Locks } from "./locks.ts";
import { lockTimeout } from "./locks.ts";
import { writeManifest } from "./manifest.ts";
import { replaceBlock } from "./rebuild.ts";
import type { RecordWriter } from "./record.ts";
import { SEAL } from "./record.ts";
import type { Structure } from "./structure.ts";

/** Dead bytes that a block may have however little lives in it: compacting costs about a millisecond. */
const TOLERATED_DEAD_BYTES = 64 * 1024;

/** Large values written between two looks at what is dead in the segments. */
const TOLERATED_LARGE_BYTES = 16 * 1024 * 1024;

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
  /** Whether this process is at it already: then the others need not queue up for the same. */
  #busy = false;
  #largeBytes = 0;

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

  /** Whether a block has outgrown its size, or more than half of it is dead. */
  isDue(block: Block): boolean {
    return this.#isTooLarge(block) || this.#isWasteful(block) || this.#isLargeDue();
  }

  /** Told of a large value that was written. */
  spendLarge(bytes: number): void {
    this.#largeBytes += bytes;
  }

  /**
   * Splits or compacts a block where that is due, unless another process is at such a thing. Its
   * failure is reported, never thrown: the write that led here has been made.
   */
  async tidy(prefix: string, now: number, report: ReportError): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    let lock: Lease | undefined;
    try {
      lock = await this.#locks.acquire("store", this.#lockName, { patience: 0 });
      if (lock === undefined) return;
      for (const block of this.#structure.walk(report)) {
        if (!block.prefix.startsWith(prefix)) continue;
        if (this.#isTooLarge(block) || this.#isWasteful(block)) await this.#replace(block, now, report);
      }
      if (this.#isLargeDue()) {
        this.#largeBytes = 0;
        await collectSegments(this.#structure, this.#records, 0.5, report);
      }
    } catch (error) {
      report(error as Error);
    } finally {
      this.#busy = false;
      await lock?.release();
    }
  }

  /** Sees to it that the block which covers a hash exists and takes records. */
  async makeWritable(hash: Buffer, now: number, report: ReportError): Promise<void> {
    const block = this.#structure.find(hash, report);
    if (block !== undefined && !block.isSealed) return;
    await this.#exclusively(async () => {
      const { folder } = this.#structure;
      const found = this.#structure.find(hash, report);
      if (this.#structure.epoch === undefined) {
        makeFolder(folder);
        await writeManifest(folder, this.#id);
        await startEpoch(folder, 1);
      } else if (found === undefined) {
        const prefix = this.#structure.missingPrefix(hash);
        await createBlockFile(this.#structure.epoch.folder, prefix, []);
      } else if (found.isSealed) await this.#replace(found, now, report);
      this.#structure.reload();
    });
  }

  async clear(report: ReportError): Promise<void> {
    this.#structure.reload();
    if (this.#structure.epoch === undefined) return;
    await this.#exclusively(async () => {
      this.#structure.reload();
      const { epoch, folder } = this.#structure;
      if (epoch === undefined) return;
      this.#sealAll(report);
      const next = await startEpoch(folder, epoch.number + 1);
      this.#structure.reload();
      removeOtherEpochs(folder, next);
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
      const { folder } = this.#structure;
      const away = `${folder}.dropped-${randomBytes(6).toString("hex")}`;
      rename(folder, away);
      this.#structure.close();
      remove(away);
      return true;
    });
  }

  /** Gives back the space of all that is dead. */
  async compactAll(now: number, report: ReportError): Promise<void> {
    this.#structure.reload();
    if (this.#structure.epoch === undefined) return;
    await this.#exclusively(async () => {
      this.#structure.reload();
      const { epoch, folder } = this.#structure;
      if (epoch === undefined) return;
      removeOtherEpochs(folder, epoch);
      for (const block of this.#structure.walk(report)) {
        const due = block.isSealed || this.#isTooLarge(block);
        if (due || block.deadBytes * 20 > block.index.liveBytes) await this.#replace(block, now, report);
      }
      await collectSegments(this.#structure, this.#records, 0.05, report);
    });
  }

  #isTooLarge({ index, prefix }: Block): boolean {
    return (
      index.liveBytes > this.#maxBlockBytes && index.count > 1 && prefix.length < HASH_DIGITS
    );
  }

  #isWasteful({ index, deadBytes }: Block): boolean {
    return deadBytes > Math.max(index.liveBytes, TOLERATED_DEAD_BYTES);
  }

  #isLargeDue(): boolean {
    return this.#largeBytes > TOLERATED_LARGE_BYTES;
  }

  get #lockName(): string {
    return basename(this.#structure.folder);
  }

  async #exclusively<R>(work: () => Promise<R>): Promise<R> {
    makeFolder(dirname(this.#structure.folder));
    const lock = await this.#locks.acquire("store", this.#lockName, { patience: PATIENCE_MS });
    if (lock === undefined) throw lockTimeout(this.#structure.folder, PATIENCE_MS);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  async #replace(block: Block, now: number, report: ReportError): Promise<void> {
    const epoch = this.#structure.epoch!;
    if (block.seal(this.#sealFrame(epoch.salt), report) !== "sealed") return;
    await replaceBlock(epoch, block, this.#records, this.#maxBlockBytes, now, report);
    this.#structure.reload();
  }

  /** From here on nothing that another process writes counts until there is a successor. */
  #sealAll(report: ReportError): void {
    const { salt } = this.#structure.epoch!;
    for (const block of this.#structure.walk(report)) block.seal(this.#sealFrame(salt), report);
  }

  #sealFrame(salt: number): Buffer {
    const none = { storedAt: 0, expiresAt: undefined, cost: undefined };
    return this.#records.frame(salt, { flags: SEAL, hash: Buffer.alloc(16), ...none });
  }
}
