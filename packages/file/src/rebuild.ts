import type { ReportError } from "@class-cache/mapping";
import { remove } from "@class-cache/mapping/disk";
import type { Block } from "./block.ts";
import type { BlockDraft } from "./block-file.ts";
import { draftBlockFile, FILE_HEADER_BYTES } from "./block-file.ts";
import type { Epoch } from "./epoch.ts";
import type { FileCalls } from "./file-calls.ts";
import type { KeyHash } from "./key-hash.ts";
import { HASH_DIGITS } from "./key-hash.ts";
import { POINTER_BYTES } from "./pointer.ts";
import type { RecordView } from "./record.ts";
import { MOVED, POINTER, VOID } from "./record.ts";
import type { RecordWriter } from "./record-writer.ts";

/** Blocks that a block splits into: one for each next hexadecimal digit. */
const CHILDREN = 16;

/** When a block splits, and what is left out of its successors. */
export interface RebuildLimits {
  readonly maxBlockBytes: number;
  /** Records that have expired by then are left out. */
  readonly now: number;
}

/** A record of the block, and where it was put. */
interface Copied {
  readonly hash: KeyHash;
  /** Where it begins in the block. */
  readonly offset: number;
  readonly draft: number;
  /** Where its mark stands in the draft. */
  readonly mark: number;
}

/**
 * What is to stand in a block's place: one without the dead records, or, where that would be too
 * large still, one for each next digit of the hash. They are written while others go on writing to
 * the block; what comes in meanwhile is added when the block has been sealed.
 */
export class Successors {
  readonly #calls: FileCalls;
  readonly #epoch: Epoch;
  readonly #block: Block;
  readonly #writer: RecordWriter;
  readonly #drafts: readonly BlockDraft[];
  readonly #copied: readonly Copied[];
  /** Records from this offset on have come in since. */
  readonly #end: number;

  constructor(
    calls: FileCalls,
    epoch: Epoch,
    block: Block,
    writer: RecordWriter,
    drafts: readonly BlockDraft[],
    copied: readonly Copied[],
    end: number,
  ) {
    this.#calls = calls;
    this.#epoch = epoch;
    this.#block = block;
    this.#writer = writer;
    this.#drafts = drafts;
    this.#copied = copied;
    this.#end = end;
  }

  /**
   * Replaces the sealed block. Children count from the moment their parent's file is removed; a
   * single successor takes its parent's name.
   */
  publish(report: ReportError): void {
    const marks = this.#drafts.map((): number[] => []);
    // As void, not as superseded: what was deleted since has nothing behind it that superseded it.
    for (const { hash, offset, draft, mark } of this.#copied) {
      if (this.#block.index.offsetOf(hash) !== offset) marks[draft]!.push(mark);
    }
    const frames = this.#drafts.map((): Buffer[] => []);
    for (const record of this.#block.readAll(report, this.#end)) {
      frames[this.#draftOf(record.hash)]!.push(plainFrame(record, this.#writer, this.#epoch.salt));
    }
    for (const [index, draft] of this.#drafts.entries()) {
      draft.amend(frames[index]!, VOID, marks[index]!);
      draft.publish();
    }
    if (this.#drafts.length > 1) remove(this.#block.path, this.#calls);
  }

  /** Removes what has been written of them. */
  discard(): void {
    for (const draft of this.#drafts) draft.remove();
  }

  #draftOf(hash: KeyHash): number {
    return this.#drafts.length === 1 ? 0 : hash.digit(this.#block.prefix.length);
  }
}

/** Writes a block's successors so far as they can be known. Asks for the store's lock. */
export async function draftSuccessors(
  calls: FileCalls,
  epoch: Epoch,
  block: Block,
  writer: RecordWriter,
  { maxBlockBytes, now }: RebuildLimits,
  report: ReportError,
): Promise<Successors> {
  const { prefix, index, end } = block;
  const records = block.readAll(report).filter((record) => record.expires > now);
  const frames = records.map((record) => plainFrame(record, writer, epoch.salt));
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  const splits = bytes > maxBlockBytes && frames.length > 1 && prefix.length < HASH_DIGITS;
  const contents = Array.from({ length: splits ? CHILDREN : 1 }, (): Buffer[] => []);
  const ends = contents.map(() => FILE_HEADER_BYTES);
  const copied = records.map(({ hash }, at): Copied => {
    const draft = splits ? hash.digit(prefix.length) : 0;
    const frame = frames[at]!;
    const mark = ends[draft]!;
    contents[draft]!.push(frame);
    ends[draft] = mark + frame.length;
    return { hash, offset: index.offsetOf(hash), draft, mark };
  });
  const made = await Promise.allSettled(
    contents.map((content, digit) =>
      draftBlockFile(
        calls,
        epoch.folder,
        splits ? prefix + digit.toString(16) : prefix,
        epoch.salt,
        content,
      ),
    ),
  );
  const drafts = made.flatMap((draft) => (draft.status === "fulfilled" ? [draft.value] : []));
  const successors = new Successors(calls, epoch, block, writer, drafts, copied, end);
  // Only now: a draft that came after the lock's release could replace one that is in use.
  for (const draft of made) {
    if (draft.status === "fulfilled") continue;
    successors.discard();
    throw draft.reason;
  }
  return successors;
}

/** A record without its mark and the condition under which it was written, which its log has met. */
function plainFrame(record: RecordView, writer: RecordWriter, salt: number): Buffer {
  if (record.isPlain) return record.bytes;
  const flags = record.flags & POINTER;
  const { hash, storedAt, expiresAt, cost, key } = record;
  const value = record.flags & MOVED ? record.value.subarray(0, POINTER_BYTES) : record.value;
  return writer.frame(salt, { flags, hash, storedAt, expiresAt, cost }, key, value).bytes;
}
