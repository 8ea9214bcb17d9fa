import { setImmediate } from "node:timers/promises";
import type { ReportError } from "@class-cache/mapping";
import type { Block } from "./block.ts";
import type { Epoch } from "./epoch.ts";
import type { LargeFrame } from "./large-draft.ts";
import type { Pointer } from "./pointer.ts";
import { encodePointer, POINTER_BYTES } from "./pointer.ts";
import type { RecordView } from "./record.ts";
import { MOVED, POINTER } from "./record.ts";
import type { RecordWriter } from "./record-writer.ts";
import type { HeldSegment, SegmentSizes } from "./segment-files.ts";
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
  /** Of all that is not wholly dead, as a share of what lives. Up to it only wholly dead segments go. */
  readonly ofLive: number;
  /** Of one segment's bytes, once there is more than that. */
  readonly ofSegment: number;
  /** Bytes of emptied segments that are kept to be written to again. */
  readonly spare: number;
}

/**
 * Empties the segments in which too much is dead, after moving what lives in them elsewhere, and removes
 * them or keeps them as spares. A segment that another process appends to stays: what lies in it may not
 * have been pointed to yet. Asks for the store's lock.
 *
 * @returns how many bytes live in segments
 */
export async function collectSegments(
  structure: Structure,
  epoch: Epoch,
  writer: RecordWriter,
  limits: SegmentLimits,
  report: ReportError,
): Promise<number> {
  structure.requireInPlace(epoch);
  const segments = structure.segments!;
  const sizes = segments.files.list();
  segments.active.learn(sizes);
  const held = new Map<number, HeldSegment>();
  const pointed = pointedBytes(structure, report);
  const live = sum(pointed.values());
  const writtenOf = (number: number, size: number): number => segments.active.endOf(number) ?? size;
  // Bytes that are given back only by moving others.
  let dead = 0;
  for (const [number, size] of sizes.segments) {
    const living = pointed.get(number) ?? 0;
    if (living > 0) dead += writtenOf(number, size) - living;
  }
  const isMuchDead = dead > live * limits.ofLive;
  const isWasteful = (number: number, size: number, living: number = 0): boolean => {
    const written = writtenOf(number, size);
    return living === 0 || (isMuchDead && written - living > written * limits.ofSegment);
  };
  try {
    for (const [number, size] of sizes.segments) {
      if (!isWasteful(number, size, pointed.get(number))) continue;
      const segment = segments.hold(number);
      if (segment !== undefined) held.set(number, segment);
    }
    // Only what is found now, with the segments held, is all that points into them.
    const now = held.size === 0 ? pointed : pointedBytes(structure, report);
    for (const [number, { file, size }] of held) {
      if (isWasteful(number, size, now.get(number))) continue;
      file.close();
      held.delete(number);
    }
    const living = findPointed(structure, held, report);
    structure.requireInPlace(epoch);
    for (const [number, { file, size }] of held) {
      const moved = await moveAll(living.get(number) ?? [], structure, segments, writer, report);
      structure.requireInPlace(epoch);
      if (!moved) continue;
      segments.forget(number);
      if (sum(sizes.spares.values()) + size <= limits.spare) {
        const spare = segments.files.makeSpare(number);
        sizes.spares.set(spare, size);
        segments.active.offer(spare);
        file.close();
      } else {
        segments.files.remove(number);
        file.closeRemoved();
      }
      held.delete(number);
    }
    removeSurplus(segments, sizes, limits.spare);
    return live;
  } finally {
    for (const { file } of held.values()) file.close();
  }
}

function removeSurplus(segments: Segments, sizes: SegmentSizes, most: number): void {
  for (const spare of sizes.spares.keys()) {
    if (sum(sizes.spares.values()) <= most) break;
    segments.files.removeSpare(spare);
    sizes.spares.delete(spare);
  }
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
  const epoch = structure.epoch!;
  // From then on all that was open is closed, and nothing would close what is opened of it again.
  const isLeft = (): boolean => epoch !== structure.epoch;
  const blocks = new Set<Block>();
  const written = new Set<number>();
  let inOneGo = 0;
  for (const { block, record, pointer } of pointed) {
    if (isLeft()) return false;
    const large = await segments.read(pointer, report);
    if (isLeft()) return false;
    // Damaged: it counts as absent, and goes with its segment.
    if (large === undefined || large === "missing") continue;
    const { hash, storedAt, expiresAt, cost } = record;
    const plain = { flags: 0, hash, storedAt, expiresAt, cost };
    const head = { ...plain, flags: POINTER | MOVED };
    const from = record.value.subarray(0, POINTER_BYTES);
    const { key, value } = large;
    const frame: LargeFrame = {
      valueBytes: pointer.valueBytes,
      isLent: false,
      pieces: (salt, isBrief) => writer.pieces(salt, plain, key, [value], isBrief),
    };
    const outcome = await segments.append(frame, false, (to) => {
      if (isLeft()) return undefined;
      written.add(to.segment);
      const places = Buffer.concat([encodePointer(to), from]);
      return block.append([writer.frame(epoch.salt, head, "", places)], report);
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
  for (const number of written) if (!isLeft()) await segments.sync(number);
  for (const block of blocks) await block.sync();
  return true;
}
