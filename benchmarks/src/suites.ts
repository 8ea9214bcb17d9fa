import type { Pace } from "./measure/pace.ts";
import type { Wanted } from "./measure/wanted.ts";

/** Measures the wanted cases. @returns figures that JSON can carry */
export type Measure = (isWanted: Wanted, pace: Pace) => Promise<unknown>;

/** A suite loads what it compares, which others need not have. */
export const suites: Readonly<Record<string, Measure>> = {
  memory: async (...how) => (await import("./memory/suite.ts")).measureMemory(...how),
  stores: async (...how) => (await import("./stores/suite.ts")).measureStores(...how),
  scale: async (...how) => (await import("./scale/suite.ts")).measureScale(...how),
  processes: async (...how) => (await import("./processes/suite.ts")).measureProcesses(...how),
  upstream: async (...how) => (await import("./upstream/suite.ts")).measureUpstream(...how),
  cold: async (...how) => (await import("./cold/suite.ts")).measureCold(...how),
  profiles: async (isWanted) => (await import("./profiles/suite.ts")).measureProfiles(isWanted),
  eviction: async (isWanted) => (await import("./eviction/suite.ts")).measureEviction(isWanted),
};
