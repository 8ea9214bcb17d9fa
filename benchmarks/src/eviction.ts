import type { EvictionPolicy } from "@class-cache/mapping";
import { ManualClock, memory } from "@class-cache/mapping";
import { scanning, shifting, skewed } from "../../packages/mapping/test/support/eviction-traces.ts";
import { replay, roomFor, sized } from "../../packages/mapping/test/support/replay.ts";
import type { Row, Wanted } from "./table.ts";

const REQUESTS = 20_000;
const POLICIES: readonly EvictionPolicy[] = ["cost", "lru", "stored"];
const traces = { skewed, scanning, shifting };

/**
 * Prints which share of the computing time each policy saves, for a tenth of the room that all takes.
 *
 * @returns no rows: these are no times
 */
export async function compareEviction(isWanted: Wanted): Promise<Row[]> {
  const lines = [["", ...POLICIES]];
  for (const [name, make] of Object.entries(traces)) {
    if (!isWanted(name)) continue;
    const trace = make(REQUESTS);
    const shares: string[] = [];
    for (const eviction of POLICIES) {
      const clock = new ManualClock();
      const maxBytes = roomFor(trace);
      const backend = memory({ eviction, clock, codec: sized, maxBytes });
      shares.push(`${(100 * (await replay(trace, backend, clock))).toFixed(1)} %`);
      await backend.close();
    }
    lines.push([name, ...shares]);
  }
  const text = lines.map((cells) =>
    cells
      .map((cell) => cell.padEnd(10))
      .join("")
      .trimEnd(),
  );
  process.stdout.write(`Computing time saved\n${text.join("\n")}\n`);
  return [];
}
