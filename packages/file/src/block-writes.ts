import { setImmediate as nextTurn } from "node:timers/promises";
import type { Awaitable, ReportError } from "@class-cache/mapping";
import { StoreError } from "@class-cache/mapping";
import type { Block } from "./block.ts";
import type { AppendOutcome } from "./block-state.ts";
import type { KeyHash } from "./key-hash.ts";
import { OwedWrites } from "./owed-writes.ts";
import type { LargeDraft } from "./large-draft.ts";
import type { RecordView } from "./record.ts";
import type { Structure } from "./structure.ts";
import type { UnderWay } from "./under-way.ts";
import type { Upkeep } from "./upkeep.ts";

/** Makes a frame once the epoch that it goes to is known, by the epoch's salt. */
type MakeFrame = (salt: number, isFirst?: boolean) => RecordView;

/** How long a write is tried again that finds its place gone each time. */
const PATIENCE_MS = 10_000;

/** A record that is to be written, and the hash of its key. */
export interface Draft {
  readonly hash: KeyHash;
  readonly frame: MakeFrame;
}

/** A write that was made, and what became of it. */
interface Written {
  readonly block: Block;
  readonly outcome: AppendOutcome;
}

/**
 * Sees to it that what is written counts: it is written again where its block has been replaced in the
 * meantime. Then it begins the upkeep that is due.
 */
export class BlockWrites {
  readonly #structure: Structure;
  readonly #upkeep: Upkeep;
  readonly #underWay: UnderWay;
  /** Whether a write is on the device before it is acknowledged. */
  readonly #durable: boolean;
  readonly #owed = new OwedWrites();

  constructor(structure: Structure, upkeep: Upkeep, underWay: UnderWay, durable: boolean) {
    this.#structure = structure;
    this.#upkeep = upkeep;
    this.#underWay = underWay;
    this.#durable = durable;
  }

  /** Writes one record, at once where that can be. @returns whether it changed anything */
  write({ hash, frame }: Draft, now: number, report: ReportError): Awaitable<boolean> {
    const block = this.#cover(hash);
    if (block !== undefined) {
      const outcome = block.append([frame(this.#structure.epoch!.salt)], report);
      if (typeof outcome === "number") return this.#finish(block, outcome > 0, now, report);
    }
    const once = (): Written | undefined => {
      const block = this.#cover(hash);
      if (block === undefined) return undefined;
      return { block, outcome: block.append([frame(this.#structure.epoch!.salt)], report) };
    };
    return this.#insist(hash, undefined, once, now, report);
  }

  /** Writes a record to a segment and a pointer to it to the block. @returns whether it changed anything */
  writeLarge(draft: LargeDraft, now: number, report: ReportError): Awaitable<boolean> {
    const written = this.#appendLarge(draft, report);
    return (
      this.#finishAtOnce(written, now, report) ??
      this.#insist(draft.hash, written, () => this.#appendLarge(draft, report), now, report)
    );
  }

  /**
   * The same, done with the draft when it returns.
   *
   * @returns undefined where it cannot be like that, and nothing counts that was written
   */
  writeLargeAtOnce(
    draft: LargeDraft,
    now: number,
    report: ReportError,
  ): Awaitable<boolean> | undefined {
    return this.#finishAtOnce(this.#appendLarge(draft, report), now, report);
  }

  /** Writes all records of a block in one go. @returns how many changed anything */
  async writeMany(drafts: readonly Draft[], now: number, report: ReportError): Promise<number> {
    const groups = new Map<Block | undefined, Draft[]>();
    for (const draft of drafts) {
      const block = this.#cover(draft.hash);
      const group = groups.get(block);
      if (group === undefined) groups.set(block, [draft]);
      else group.push(draft);
    }
    let changed = 0;
    for (const [block, group] of groups) {
      const { epoch } = this.#structure;
      const covers = block !== undefined && this.#structure.cover(group[0]!.hash) === block;
      if (covers && epoch !== undefined) {
        const isGroup = group.length > 1;
        const frames = group.map(({ frame }, at) => frame(epoch.salt, isGroup && at === 0));
        const outcome = block.append(frames, report);
        if (typeof outcome === "number") {
          await this.#finish(block, outcome > 0, now, report);
          changed += outcome;
          continue;
        }
      }
      // The block has been replaced: its keys may lie in several now.
      for (const draft of group) if (await this.write(draft, now, report)) changed += 1;
    }
    return changed;
  }

  /** Told of a block that records were appended to otherwise. */
  oweWrites(block: Block): void {
    this.#owed.owe(block);
  }

  /** Does what was put off. */
  end(): void {
    this.#owed.write();
  }

  /** The block that a record is to be written to; undefined: there is none yet. */
  #cover(hash: KeyHash): Block | undefined {
    this.#structure.own();
    return this.#structure.cover(hash);
  }

  #appendLarge(draft: LargeDraft, report: ReportError): Awaitable<Written | undefined> {
    this.#structure.own();
    const { epoch, segments } = this.#structure;
    if (epoch === undefined || segments === undefined) return undefined;
    return segments.append(draft, this.#durable, (pointer) => {
      const block = this.#cover(draft.hash);
      // A clear in the meantime has taken the segment with it, or somebody who moved the folder.
      if (block === undefined || epoch !== this.#structure.epoch) return undefined;
      this.#upkeep.spendLarge(pointer.length);
      return { block, outcome: block.append([draft.pointer(epoch.salt, pointer)], report) };
    });
  }

  /** @returns undefined where a write has not ended, or does not count */
  #finishAtOnce(
    written: Awaitable<Written | undefined>,
    now: number,
    report: ReportError,
  ): Awaitable<boolean> | undefined {
    if (written === undefined || written instanceof Promise) return undefined;
    const { block, outcome } = written;
    if (typeof outcome !== "number") return undefined;
    return this.#finish(block, outcome > 0, now, report);
  }

  /** What is left to do after a write that counts. @returns `changed` */
  #finish(block: Block, changed: boolean, now: number, report: ReportError): Awaitable<boolean> {
    if (this.#durable) return this.#settle(block, now, report).then(() => changed);
    this.#owed.owe(block);
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
    const deadline = performance.now() + PATIENCE_MS;
    for (let written = await first; ; written = await again()) {
      if (written !== undefined && typeof written.outcome === "number") {
        return this.#finish(written.block, written.outcome > 0, now, report);
      }
      if (performance.now() > deadline) throw this.#unwritable();
      await this.#upkeep.makeWritable(hash, now, report);
      // Where nothing of that had to wait, whoever changes the store would never come to an end in this process.
      await nextTurn();
    }
  }

  #unwritable(): StoreError {
    const { folder } = this.#structure;
    return new StoreError(
      `Each of the files in ${folder} that a write went to was gone, for ${PATIENCE_MS / 1000} s.`,
    );
  }

  async #settle(block: Block, now: number, report: ReportError): Promise<void> {
    await block.sync();
    this.#owed.owe(block);
    await this.#tidy(block, now, report);
  }

  /** Begins the upkeep that is due. @returns what to wait for before writing on: only where it is overdue */
  #tidy(block: Block, now: number, report: ReportError): Promise<void> | undefined {
    if (!this.#upkeep.isDue(block)) return undefined;
    const tidied = this.#underWay.track(this.#upkeep.tidy(block.prefix, now, report));
    return this.#upkeep.isOverdue(block) ? tidied : undefined;
  }
}
