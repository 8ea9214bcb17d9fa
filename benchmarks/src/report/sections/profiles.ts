import type { Profile } from "../../profiles/profile.ts";
import { micros, short } from "../format.ts";
import type { Section } from "../section.ts";

const MOST_SHARES = 12;
/** Smaller shares say nothing. */
const LEAST_SHARE = 0.01;

export function profilesSection(raw: readonly Profile[]): Section {
  return {
    title: "Profiles",
    text: [
      "Where the time of an operation goes: the functions with the most time of their own, by V8's sampling " +
        "profiler, which slows what it looks at. `writeBuffer`, `read`, `fstat` and the like are calls of the " +
        "system; what other native functions do is the engine's.",
    ],
    tables: raw.map(({ store, operation, payload, time, shares }) => ({
      caption: `${store}: ${operation}, ${payload}, ${micros(time)} µs`,
      header: ["function", "share, %", "µs"],
      rows: shares
        .filter(({ share }) => share >= LEAST_SHARE)
        .slice(0, MOST_SHARES)
        .map(({ what, share }) => [`\`${what}\``, short(share * 100), micros(share * time)]),
    })),
    plots: [],
    targets: [],
  };
}
