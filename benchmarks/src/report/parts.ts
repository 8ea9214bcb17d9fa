import type { Cold } from "../cold/suite.ts";
import type { Saved } from "../eviction/suite.ts";
import type { Measured } from "../measure/contest.ts";
import type { Result } from "../measure/result.ts";
import { readResult } from "../measure/result.ts";
import type { Together } from "../processes/suite.ts";
import type { Profile } from "../profiles/profile.ts";
import type { ScaleRaw } from "../scale/suite.ts";
import type { StoresRaw } from "../stores/suite.ts";
import type { UpstreamRaw } from "../upstream/suite.ts";
import type { Part } from "./markdown.ts";
import type { Section } from "./section.ts";
import { coldSection } from "./sections/cold.ts";
import { evictionSection } from "./sections/eviction.ts";
import { memorySection } from "./sections/memory.ts";
import { processesSection } from "./sections/processes.ts";
import { profilesSection } from "./sections/profiles.ts";
import { scaleSection } from "./sections/scale.ts";
import { storesSection } from "./sections/stores.ts";
import { upstreamSection } from "./sections/upstream.ts";

/** Suites in the order of the report. */
const sections: Readonly<Record<string, (result: Result) => Section>> = {
  memory: ({ raw }) => memorySection(raw as Measured[]),
  stores: ({ raw }) => storesSection(raw as StoresRaw),
  scale: ({ raw }) => scaleSection(raw as ScaleRaw),
  processes: ({ raw, machine }) => processesSection(raw as Together[], machine.cores),
  upstream: ({ raw }) => upstreamSection(raw as UpstreamRaw),
  cold: ({ raw }) => coldSection(raw as Cold[]),
  eviction: ({ raw }) => evictionSection(raw as Saved[]),
  profiles: ({ raw }) => profilesSection(raw as Profile[]),
};

export function partOf(result: Result): Part {
  return { result, section: sections[result.suite]!(result) };
}

/** Of all suites whose figures are in a folder. */
export function partsOf(folder: string): Part[] {
  return Object.keys(sections).flatMap((suite) => {
    const result = readResult(folder, suite);
    return result === undefined ? [] : [partOf(result)];
  });
}
