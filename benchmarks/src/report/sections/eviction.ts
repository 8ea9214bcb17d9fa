import type { Saved } from "../../eviction/suite.ts";
import type { Section } from "../section.ts";

export function evictionSection(raw: readonly Saved[]): Section {
  const policies = [...new Set(raw.map(({ policy }) => policy))];
  const traces = [...new Set(raw.map(({ trace }) => trace))];
  return {
    title: "Eviction",
    text: [
      "Which share of the computing time each policy saves, with room for a tenth of what is asked for.",
    ],
    tables: [
      {
        caption: "Computing time saved",
        header: ["", ...policies],
        rows: traces.map((trace) => [
          trace,
          ...policies.map((policy) => {
            const saved = raw.find((one) => one.trace === trace && one.policy === policy);
            return saved === undefined ? "–" : `${(100 * saved.share).toFixed(1)} %`;
          }),
        ]),
      },
    ],
    plots: [],
    targets: [],
  };
}
