import { bytesOf } from "./view.ts";

/** Where the bytes of a view are written, when it shares them with another part of the value. */
export interface Region {
  readonly memory: ArrayBuffer;
  readonly byteOffset: number;
}

const nothingShared: ReadonlyMap<object, Region> = new Map();

/** Room for the elements of any typed array to start where they must. */
const alignment = 8;

/**
 * Finds the views that share memory: those that overlap, and those of a buffer that is part of the
 * value itself. What is changed through one is then seen through the other after reading back, too.
 * Views that merely lie in one buffer, as small Buffers do in Node's pool, are written apart, and of
 * the rest of the buffer nothing is written.
 */
export function sharedMemory(
  views: readonly ArrayBufferView[],
  buffers: readonly ArrayBuffer[],
): ReadonlyMap<object, Region> {
  if (views.length + buffers.length < 2) return nothingShared;
  const regions = new Map<object, Region>();
  const whole = new Set(buffers);
  const byBuffer = new Map<ArrayBufferLike, ArrayBufferView[]>();
  for (const view of views) {
    const memory = view.buffer as ArrayBuffer;
    if (whole.has(memory)) {
      regions.set(view, { memory, byteOffset: view.byteOffset });
    } else {
      const others = byBuffer.get(memory);
      if (others === undefined) byBuffer.set(memory, [view]);
      else others.push(view);
    }
  }
  for (const sameBuffer of byBuffer.values()) {
    if (sameBuffer.length > 1) {
      for (const overlapping of clusters(sameBuffer)) {
        if (overlapping.length > 1) addRegion(overlapping, regions);
      }
    }
  }
  return regions;
}

/** Views of one buffer, divided into those that overlap, each division in the order of the memory. */
function clusters(views: readonly ArrayBufferView[]): ArrayBufferView[][] {
  const divided: ArrayBufferView[][] = [];
  let end = -1;
  for (const view of views.toSorted((left, right) => left.byteOffset - right.byteOffset)) {
    if (view.byteLength === 0) continue;
    if (view.byteOffset >= end) divided.push([]);
    divided.at(-1)?.push(view);
    end = Math.max(end, view.byteOffset + view.byteLength);
  }
  return divided;
}

function addRegion(overlapping: readonly ArrayBufferView[], regions: Map<object, Region>): void {
  const first = Math.min(...overlapping.map((view) => view.byteOffset));
  const end = Math.max(...overlapping.map((view) => view.byteOffset + view.byteLength));
  const start = first - (first % alignment);
  const memory = new ArrayBuffer(end - start);
  for (const view of overlapping) {
    const byteOffset = view.byteOffset - start;
    new Uint8Array(memory).set(bytesOf(view), byteOffset);
    regions.set(view, { memory, byteOffset });
  }
}
