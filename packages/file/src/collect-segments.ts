import { setImmediate } from "node:timers/promises";
import type { ReportError } from "@class-cache/mapping";
import { remove } from "@class-cache/mapping/disk";
import type { Block } from "./block.ts";
import type { OpenFile } from "./open-file.ts";
import type { Pointer } from "./pointer.ts";
import { encodePointer, POINTER_BYTES } from "./pointer.ts";
import type { RecordView } from "./record.ts";
import { MOVED, POINTER } from "./record.ts";
import type { RecordWriter } from "./record-writer.ts";
import type { Segments } from "./segments.ts";
import type { Structure } from "./structure.ts";

/** Bytes moved between two turns of the event loop. */
const IN_ONE_GO_BYTES = 1024 * 1024;

/** A record that lies in a segment, and the block that points to it. */
interface Pointed {
  readonly block: Block;
  readonly record: RecordView;
  readonly pointer: Pointer;
}

/** What of the segments may be dead. */
export interface SegmentLimits {
  /** Of all bytes, as a share of those that live. Up to it only segments that are wholly dead go. */
  readonly ofLive: number;
  /** Of one segment's bytes, once there is more than that. */
  readonly ofSegment: number;
}

/**
 * Removes the segments in which too much is dead, after moving what lives in them elsewhere. A segment
 * that another process appends to stays: what lies in it may not have been pointed to yet. Asks for the
 * store's lock.
 *
 * @returns how many bytes live in segments
 */
export async function collectSegments(
  structure: Structure,
  writer: RecordWriter,
  limits: SegmentLimits,
  report: ReportError,
): Promise<number> {
  const segments = structure.segments;
  if (segments === undefined) return 0;
  const sizes = segments.list();
  const held = new Map<number, OpenFile>();
  const pointed = pointedBytes(structure, report);
  const live = sum(pointed.values());
  const isWasteful = wasteJudge(sizes, sum(sizes.values()) - live > live * limits.ofLive, limits);
  try {
    for (const number of sizes.keys()) {
      const file = isWasteful(number, pointed) ? segments.hold(number) : undefined;
      if (file !== undefined) held.set(number, file);
    }
    if (held.size === 0) return live;
    // Only what is found now, with the segments held, is all that points into them.
    const now = pointedBytes(structure, report);
    for (const [number, file] of held) {
      if (isWasteful(number, now)) continue;
      file.close();
      held.delete(number);
    }
    const living = findPointed(structure, held, report);
    for (const [number, file] of held) {
      const moved = await moveAll(living.get(number) ?? [], structure, segments, writer, report);
      if (!moved) continue;
      segments.forget(number);
      remove(segments.path(number), structure.calls);
      file.closeRemoved();
      held.delete(number);
    }
    return live;
  } finally {
    for (const file of held.values()) file.close();
  }
}

/** @param isMuchDead whether more may go than what is wholly dead */
function wasteJudge(
  sizes: ReadonlyMap<number, number>,
  isMuchDead: boolean,
  { ofSegment }: SegmentLimits,
): (number: number, pointed: ReadonlyMap<number, number>) => boolean {
  return (number, pointed) => {
    const live = pointed.get(number) ?? 0;
    const size = sizes.get(number)!;
    return live === 0 || (isMuchDead && size - live > size * ofSegment);
  };
}

function pointedBytes(structure: Structure, report: ReportError): Map<number, number> {
  const bytes = new Map<number, number>();
  for (const block of structure.walk(report)) block.index.addPointed(bytes);
  return bytes;
}

function sum(figures: Iterable<number>): number {
  let total = 0;
  for (const figure of figures) total += figure;
  return total;
}

function findPointed(
  structure: Structure,
  held: ReadonlyMap<number, unknown>,
  report: ReportError,
): Map<number, Pointed[]> {
  const found = new Map<number, Pointed[]>();
  for (const block of structure.walk(report)) {
    for (const place of block.index.places()) {
      const { pointer } = place;
      if (pointer === undefined || !held.has(pointer.segment)) continue;
      const record = block.read(place, report);
      if (record === undefined) continue;
      const pointed = found.get(pointer.segment) ?? [];
      pointed.push({ block, record, pointer });
      found.set(pointer.segment, pointed);
    }
  }
  return found;
}

/** @returns whether nothing needs the segment any more */
async function moveAll(
  pointed: readonly Pointed[],
  structure: Structure,
  segments: Segments,
  writer: RecordWriter,
  report: ReportError,
): Promise<boolean> {
  const { salt } = structure.epoch!;
  const blocks = new Set<Block>();
  const written = new Set<number>();
  let inOneGo = 0;
  for (const { block, record, pointer } of pointed) {
    const large = await segments.read(pointer, report);
    // Damaged: it counts as absent, and goes with its segment.
    if (large === undefined || large === "missing") continue;
    const { hash, storedAt, expiresAt, cost } = record;
    const head = { flags: POINTER | MOVED, hash, storedAt, expiresAt, cost };
    const from = record.value.subarray(0, POINTER_BYTES);
    const outcome = await segments.append([large.bytes], pointer.valueBytes, false, (to) => {
      written.add(to.segment);
      const value = Buffer.concat([encodePointer(to), from]);
      return block.append([writer.frame(salt, head, "", value)], report);
    });
    if (typeof outcome !== "number") return false;
    blocks.add(block);
    inOneGo += pointer.length;
    if (inOneGo > IN_ONE_GO_BYTES) {
      await setImmediate();
      inOneGo = 0;
    }
  }
  // Before the segment goes: a loss of power must not leave pointers to what never reached the device.
  for (const number of written) await segments.sync(number);
  for (const block of blocks) await block.sync();
  return true;
}
