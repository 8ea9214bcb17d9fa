import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Damage, Inspection } from "@class-cache/mapping";
import { damageOf } from "@class-cache/mapping";
import { ioCode, ioError, namesIn } from "@class-cache/mapping/disk";
import type { Block } from "./block.ts";
import type { Place } from "./block-index.ts";
import type { FileCalls } from "./file-calls.ts";
import { inspectLog } from "./inspect-log.ts";
import { KeyHash } from "./key-hash.ts";
import { LogFile } from "./log-file.ts";
import { OpenFiles } from "./open-files.ts";
import type { Pointer } from "./pointer.ts";
import { samePlace } from "./pointer.ts";
import { soundRecord } from "./record.ts";
import { nextHash, Structure } from "./structure.ts";

/** Whether a writer is at the end of a block, or died there, shows within this time. */
const UNFINISHED_MS = 100;

/** An entry whose value is lost. */
export interface LostEntry {
  readonly hash: KeyHash;
  readonly storedAt: number;
}

/** What there is to mend in a mapping. */
export interface Findings {
  /** Prefixes of blocks that are damaged or missing. */
  readonly blocks: readonly string[];
  readonly lost: readonly LostEntry[];
}

const ignore = (): void => {};

/** Looks at what of a mapping counts: its blocks, and what these point to. Writes nothing. */
export class MappingInspection {
  readonly #id: string;
  readonly #inspection: Inspection;
  /** Of its own, so that it sees what the files hold and not what was read of them before. */
  readonly #structure: Structure;
  readonly #blocks: string[] = [];
  readonly #lost: LostEntry[] = [];
  #awaited = 0;

  constructor(calls: FileCalls, folder: string, id: string, inspection: Inspection) {
    this.#id = id;
    this.#inspection = inspection;
    this.#structure = new Structure(calls, folder, new OpenFiles());
  }

  async run(): Promise<Findings> {
    const inspection = this.#inspection;
    try {
      this.#structure.reload();
      const { epoch } = this.#structure;
      this.#awaited = epoch === undefined ? 0 : this.#bytesIn(epoch.folder);
      inspection.mapping(this.#id);
      inspection.expect(this.#awaited);
      let hash: KeyHash | undefined = KeyHash.from("");
      while (hash !== undefined) hash = nextHash(hash, await this.#inspectBlock(hash));
      await this.#advance(this.#awaited);
      await inspection.finish(this.#id);
    } finally {
      this.#structure.end();
    }
    return { blocks: this.#blocks, lost: this.#lost };
  }

  /** @returns how many digits of a hash lead to the block that was looked at, or to the gap */
  async #inspectBlock(hash: KeyHash): Promise<number> {
    const structure = this.#structure;
    try {
      for (;;) {
        const block = structure.find(hash, ignore);
        if (structure.epoch === undefined) return 0;
        if (block === undefined) return this.#missing(structure.missingPrefix(hash));
        if (await this.#look(block)) return block.prefix.length;
      }
    } catch (error) {
      this.#inspection.throwIfStopped();
      const damage = damageOf(error, this.#id, structure.folder);
      this.#inspection.damaged(damage);
      this.#inspection.leave(damage);
      return (structure.cover(hash)?.prefix ?? structure.missingPrefix(hash)).length;
    }
  }

  #missing(prefix: string): number {
    const where = join(this.#structure.epoch!.folder, `${prefix}*.block`);
    this.#damaged(where, "The block of these keys is missing.");
    this.#blocks.push(prefix);
    return prefix.length;
  }

  /** @returns false when the block was replaced meanwhile */
  async #look(block: Block): Promise<boolean> {
    const { salt } = this.#structure.epoch!;
    const places = block.index.places();
    let read = this.#readLog(block.path);
    if (read === undefined || !block.isCurrent()) return false;
    let { damages, unfinished } = inspectLog(read.log, read.size, salt);
    const deadline = performance.now() + UNFINISHED_MS;
    while (unfinished !== undefined && performance.now() < deadline) {
      await sleep(5);
      read = this.#readLog(block.path);
      if (read === undefined || !block.isCurrent()) return false;
      ({ damages, unfinished } = inspectLog(read.log, read.size, salt));
    }
    const { log } = read;
    if (unfinished !== undefined) {
      damages = [...damages, { offset: unfinished, problem: "The file ends within a record." }];
    }
    for (const { offset, problem } of damages) this.#damaged(at(block.path, offset), problem);
    if (damages.length > 0) this.#blocks.push(block.prefix);
    await this.#advance(log.length);
    for (const place of places) {
      const { offset, length, valueBytes } = place;
      const record = soundRecord(log.subarray(offset, offset + length), salt);
      // Damaged since, or in the course of a write that the next look would show.
      if (record === undefined) continue;
      if (place.pointer === undefined) this.#inspection.intact(this.#id, valueBytes);
      else await this.#follow(record.hash, record.storedAt, place);
    }
    return true;
  }

  /** Looks at the value that a block points to. */
  async #follow(hash: KeyHash, storedAt: number, { pointer, valueBytes }: Place): Promise<void> {
    const { segments } = this.#structure;
    for (let to = pointer; to !== undefined && segments !== undefined;) {
      const found = await segments.read(to, ignore);
      await this.#advance(to.length);
      if (found !== undefined && found !== "missing") {
        this.#inspection.intact(this.#id, valueBytes);
        return;
      }
      // Where it was moved or replaced meanwhile, something else counts.
      const now: Pointer | undefined = this.#structure
        .find(hash, ignore)
        ?.index.find(hash)?.pointer;
      if (now !== undefined && samePlace(now, to) && segments === this.#structure.segments) {
        const problem =
          found === "missing"
            ? "The segment is missing."
            : "The record of a large value is damaged.";
        this.#damaged(at(segments.files.path(to.segment), to.offset), problem);
        this.#lost.push({ hash, storedAt });
        return;
      }
      to = now;
    }
  }

  /** @returns what a file has, and its size afterwards; undefined when it is not there */
  #readLog(path: string): { readonly log: Buffer; readonly size: number } | undefined {
    const file = new LogFile(this.#structure.calls, path);
    if (!file.open()) return undefined;
    try {
      const log = file.read(0, file.stat().size);
      return { log, size: file.stat().size };
    } finally {
      file.close();
    }
  }

  #bytesIn(folder: string): number {
    const { calls } = this.#structure;
    let bytes = 0;
    for (const name of namesIn(folder, calls)) {
      try {
        bytes += calls.statSync(join(folder, name)).size;
      } catch (error) {
        // Removed meanwhile.
        if (ioCode(error) !== "ENOENT") throw ioError("look at a file in", folder, error);
      }
    }
    return bytes;
  }

  #damaged(where: string, problem: string): void {
    const damage: Damage = { id: this.#id, where, problem, code: "ERR_DAMAGED" };
    this.#inspection.damaged(damage);
  }

  async #advance(bytes: number): Promise<void> {
    this.#awaited = Math.max(0, this.#awaited - bytes);
    await this.#inspection.advance(bytes, this.#id);
  }
}

function at(path: string, offset: number): string {
  return `${path} at byte ${offset}`;
}
