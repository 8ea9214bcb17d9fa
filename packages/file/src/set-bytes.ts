import type { FileCalls } from "./file-calls.ts";
import { readWhole, writeWhole } from "./whole-transfers.ts";

/** Offsets that lie no further apart are written in one go with what lies between, which takes less time. */
const NEAR_BYTES = 4 * 1024;
const MOST_STRETCH_BYTES = 64 * 1024;

/** Below this, each offset is written for itself. */
const WORTHWHILE = 4;

/**
 * Sets a byte at each of some offsets of a file. Of two processes that do so at the same place and time one
 * may undo what the other did; what else lies there must not be changed by anybody meanwhile.
 */
export function setBytes(
  calls: FileCalls,
  fd: number,
  byte: number,
  offsets: readonly number[],
): void {
  const sorted = Float64Array.from(offsets).sort();
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    const start = sorted[from]!;
    let last = start;
    for (to = from + 1; to < sorted.length; to += 1) {
      const next = sorted[to]!;
      if (next - last > NEAR_BYTES || next - start >= MOST_STRETCH_BYTES) break;
      last = next;
    }
    const near = sorted.subarray(from, to);
    if (near.length < WORTHWHILE || !setTogether(calls, fd, byte, near)) {
      for (const offset of near) writeWhole(calls, fd, Buffer.of(byte), offset);
    }
  }
}

/** @returns false where the file ends before the last of them */
function setTogether(calls: FileCalls, fd: number, byte: number, offsets: Float64Array): boolean {
  const start = offsets[0]!;
  const stretch = Buffer.allocUnsafe(offsets.at(-1)! + 1 - start);
  if (readWhole(calls, fd, stretch, start) < stretch.length) return false;
  for (const offset of offsets) stretch[offset - start] = byte;
  writeWhole(calls, fd, stretch, start);
  return true;
}
