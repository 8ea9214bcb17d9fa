import type { Backend, ManualClock, ValueCodec } from "@class-cache/mapping";
import type { Trace } from "./eviction-traces.ts";

/** Values are numbers of bytes, stored as so many bytes. */
export const sized: ValueCodec = {
  name: "sized",
  encode: (value) => new Uint8Array(value as number),
  decode: (bytes) => bytes.byteLength,
};

/** Share of a trace's items that there is room for. */
const ROOM = 0.1;

export function roomFor({ items }: Trace): number {
  return Math.floor(ROOM * items.reduce((sum, { bytes }) => sum + bytes, 0));
}

/**
 * Asks a cache for all that a trace asks for; what it does not have is computed and stored.
 *
 * @param clock of the backend; each request and each computation take their time by it
 * @returns the share of the computing time that the cache saved
 */
export async function replay(trace: Trace, backend: Backend, clock: ManualClock): Promise<number> {
  const mapping = backend.open<number, number>("results");
  let saved = 0;
  let total = 0;
  for (const item of trace.requests) {
    const { cost, bytes } = trace.items[item]!;
    total += cost;
    clock.advance(1);
    if ((await mapping.get(item)) !== undefined) saved += cost;
    else {
      clock.advance(cost);
      await mapping.set(item, bytes, { cost });
    }
  }
  return saved / total;
}
