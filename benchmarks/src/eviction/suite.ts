import type { EvictionPolicy } from "@class-cache/mapping";
import { ManualClock, memory } from "@class-cache/mapping";
import {
  scanning,
  shifting,
  skewed,
} from "../../../packages/mapping/test/support/eviction-traces.ts";
import { replay, roomFor, sized } from "../../../packages/mapping/test/support/replay.ts";
import type { Wanted } from "../measure/wanted.ts";

const REQUESTS = 20_000;
const POLICIES: readonly EvictionPolicy[] = ["cost", "lru", "stored"];
const traces = { skewed, scanning, shifting };

export interface Saved {
  readonly trace: string;
  readonly policy: EvictionPolicy;
  /** Of the computing time. */
  readonly share: number;
}

/** Which share of the computing time each policy saves, for a tenth of the room that all takes. */
export async function measureEviction(isWanted: Wanted): Promise<Saved[]> {
  const all: Saved[] = [];
  for (const [name, make] of Object.entries(traces)) {
    if (!isWanted(name)) continue;
    const trace = make(REQUESTS);
    for (const policy of POLICIES) {
      const clock = new ManualClock();
      const maxBytes = roomFor(trace);
      const backend = memory({ eviction: policy, clock, codec: sized, maxBytes });
      all.push({ trace: name, policy, share: await replay(trace, backend, clock) });
      await backend.close();
    }
  }
  return all;
}
