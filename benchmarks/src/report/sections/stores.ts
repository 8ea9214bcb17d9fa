import type { Measured } from "../../measure/contest.ts";
import { compare, find, roundsOf } from "../../measure/summary.ts";
import { quartiles } from "../../measure/quartiles.ts";
import type { StoresRaw } from "../../stores/suite.ts";
import { bars } from "../bars.ts";
import { micros, short, spread } from "../format.ts";
import type { Plot, Section, Table, Target } from "../section.ts";
import { atLeast, atMost } from "../targets.ts";

const TIME = "time";

/** Our stores, what each is measured against, and how many times its cost is allowed. */
const PAIRS: readonly {
  readonly ours: string;
  readonly base: string;
  readonly limits: Readonly<Record<string, number>>;
}[] = [
  { ours: "fileBlocks()", base: "append log", limits: { get: 1.6, set: 1.6 } },
  { ours: "sqlite()", base: "node:sqlite", limits: { get: 1.25, set: 1.15 } },
  { ours: "level(), owner", base: "classic-level", limits: { get: 1.5, set: 1.3 } },
  { ours: "level(), guest", base: "classic-level", limits: {} },
];

const SLOW = ["keyv on SQLite", "cacache", "a file per key"];
const FASTER = 20;

export function storesSection({ sizes }: StoresRaw): Section {
  const all = Object.entries(sizes);
  return {
    title: "Stores",
    text: [
      "Each operation is awaited before the next, in µs an entry; every store has a process of its own, and " +
        "they take turns. **ratio** is to the least that does the same on the same engine, values being turned into bytes by `node:v8` " +
        "(medians of the ratios round by round, with quartiles; **of totals** counts the rare expensive " +
        "rounds too).",
      "lmdb runs with `noSync`; flat-cache keeps everything in memory and writes all of it after each set; " +
        "a file per key is `writeFile` and `readFile` of the value as V8 serializes it.",
    ],
    tables: [
      ...all.map(([size, measured]) => ratiosOf(size, measured)),
      ...all.map(([size, measured]) => timesOf(size, measured)),
    ],
    plots: all.flatMap(([size, measured]) =>
      ["get", "set"].map((name) => plotOf(size, measured, name)),
    ),
    targets: all.flatMap(([size, measured]) => targetsOf(size, measured)),
  };
}

function medianOf(all: readonly Measured[], name: string, store: string): number {
  const measured = find(all, name, store);
  return measured === undefined ? NaN : quartiles(roundsOf({ measured, what: TIME })).median;
}

function comparisonOf(
  all: readonly Measured[],
  name: string,
  store: string,
  base: string,
): ReturnType<typeof compare> {
  const measured = find(all, name, store);
  const against = find(all, name, base);
  if (measured === undefined || against === undefined) return undefined;
  return compare({ measured, what: TIME }, { measured: against, what: TIME });
}

function ratiosOf(size: string, all: readonly Measured[]): Table {
  const cases = [...new Set(all.map((measured) => measured.case))];
  return {
    caption: `Values of ${size}: beside the bare engine`,
    header: ["", "operation", "ratio", "of totals", "µs", "bare", "µs"],
    rows: PAIRS.flatMap(({ ours, base }) =>
      cases.flatMap((name) => {
        const comparison = comparisonOf(all, name, ours, base);
        if (comparison === undefined) return [];
        const times = [ours, base].map((store) => micros(medianOf(all, name, store)));
        const totals = short(comparison.totals);
        return [[ours, name, spread(comparison), totals, times[0]!, base, times[1]!]];
      }),
    ),
  };
}

function timesOf(size: string, all: readonly Measured[]): Table {
  const cases = [...new Set(all.map((measured) => measured.case))];
  const stores = [...new Set(all.map(({ contender }) => contender))];
  return {
    caption: `Values of ${size}: all stores, µs an entry`,
    header: ["", ...cases],
    rows: stores.map((store) => [
      store,
      ...cases.map((name) => micros(medianOf(all, name, store))),
    ]),
  };
}

function plotOf(size: string, all: readonly Measured[], name: string): Plot {
  const stores = all.filter((measured) => measured.case === name);
  return bars(
    `stores-${name}-${size.replaceAll(" ", "").toLowerCase()}`,
    `${name}, values of ${size}`,
    "µs an operation",
    stores.map(({ contender }) => ({
      name: contender,
      value: medianOf(all, name, contender) / 1000,
      isOurs: contender.includes("()"),
    })),
  );
}

function targetsOf(size: string, all: readonly Measured[]): Target[] {
  const targets: Target[] = [];
  for (const { ours, base, limits } of PAIRS) {
    for (const [name, limit] of Object.entries(limits)) {
      const comparison = comparisonOf(all, name, ours, base);
      if (comparison === undefined) continue;
      const what = `\`${ours}\` ${name}, ${size}: times ${base}`;
      targets.push(atMost(what, limit, comparison.ratio.median));
    }
  }
  for (const slow of SLOW) {
    const comparison = comparisonOf(all, "get", slow, "fileBlocks()");
    if (comparison === undefined) continue;
    const what = `\`fileBlocks()\` get, ${size}: times faster than ${slow}`;
    targets.push(atLeast(what, FASTER, comparison.ratio.median));
  }
  return targets;
}
