import { ENGINES } from "../../scale/entries.ts";
import { compare, find, roundsOf } from "../../measure/summary.ts";
import { quartiles } from "../../measure/quartiles.ts";
import type { BackendScale, ScaleRaw, SizeScale } from "../../scale/suite.ts";
import { micros, short, spread } from "../format.ts";
import { lines } from "../lines.ts";
import type { Section, Table, Target } from "../section.ts";
import { atMost } from "../targets.ts";

const MIDDLE = "10000";

export function scaleSection({ backends }: ScaleRaw): Section {
  const logarithmic = { name: "entries", type: "log" } as const;
  return {
    title: "Scale",
    text: [
      "Stores of 1,000 to 1,000,000 entries of 100 B, read and overwritten in scattered order by a process each " +
        "that has looked for every entry before; they take turns. **first hit** is from opening a store " +
        "to the first value, in fresh processes, the package being loaded and the files in the system's " +
        "cache. **bytes an entry** are what the process has more, after garbage collection, once it has " +
        "looked for each entry: of JavaScript's heap and of buffers, and (rss) of the whole process, which " +
        "includes what is free in its heap and, with sqlite and level, their caches.",
      "**Disk** is what the file system has set aside for the folder, for each byte of keys and encoded values, " +
        "while all entries are overwritten in scattered order five times. `node:sqlite` and `classic-level` are the " +
        "bare engines, which show what of it is theirs; after that they run `VACUUM` and `compactRange`.",
    ],
    tables: [
      ...backends.map(costs),
      ...backends.map(opening),
      { caption: "Disk", header: DISK_HEADER, rows: backends.flatMap(disk) },
    ],
    plots: [
      ...["get", "set"].map((name) =>
        lines(
          `scale-${name}`,
          `${name} by the number of entries`,
          { x: logarithmic, y: { name: "µs", type: "value" } },
          backends.map((one) => ({
            name: one.backend,
            points: one.sizes.map(({ entries }) => [entries, medianOf(one, name, entries) / 1000]),
          })),
        ),
      ),
      lines(
        "scale-first-hit",
        "First hit after opening, by the number of entries",
        { x: logarithmic, y: { name: "ms", type: "log" } },
        backends.map(({ backend, sizes }) => ({
          name: backend,
          points: sizes.map((size) => [size.entries, firstHit(size)]),
        })),
      ),
    ],
    targets: backends
      .filter(({ backend }) => backend.endsWith("()"))
      .flatMap((one) =>
        targetsOf(
          one,
          backends.find(({ backend }) => backend === ENGINES[one.backend]),
        ),
      ),
  };
}

const DISK_HEADER = ["", "entries", "bytes of a value", "worst", "at the end", "after prune()"];

function medianOf({ operations }: BackendScale, name: string, entries: number): number {
  const measured = find(operations, name, `${entries}`);
  return measured === undefined ? NaN : quartiles(roundsOf({ measured, what: "time" })).median;
}

function growth(
  { operations }: BackendScale,
  name: string,
  entries: number,
): ReturnType<typeof compare> {
  const measured = find(operations, name, `${entries}`);
  const base = find(operations, name, MIDDLE);
  if (measured === undefined || base === undefined) return undefined;
  return compare({ measured, what: "time" }, { measured: base, what: "time" });
}

function firstHit({ firstHits }: SizeScale): number {
  return quartiles(firstHits).median;
}

function costs(one: BackendScale): Table {
  const names = [...new Set(one.operations.map((measured) => measured.case))];
  return {
    caption: `\`${one.backend}\`: cost by the number of entries`,
    header: ["operation", "entries", "to 10,000", "µs"],
    rows: names.flatMap((name) =>
      one.sizes.map(({ entries }) => {
        const comparison = growth(one, name, entries);
        const ratio = comparison === undefined ? "–" : spread(comparison);
        return [name, short(entries), ratio, micros(medianOf(one, name, entries))];
      }),
    ),
  };
}

function opening({ backend, sizes }: BackendScale): Table {
  return {
    caption: `\`${backend}\`: filling, opening, memory`,
    header: ["entries", "fill, µs an entry", "first hit, ms", "bytes an entry", "of rss"],
    rows: sizes.map((size) => {
      const { low, median, high } = quartiles(size.firstHits);
      return [
        short(size.entries),
        short(size.fill),
        `${short(median)} (${short(low)} to ${short(high)})`,
        short((size.memory.heap + size.memory.external) / size.entries),
        short(size.memory.rss / size.entries),
      ];
    }),
  };
}

function disk({ backend, disk: all }: BackendScale): string[][] {
  return all.map(({ entries, valueBytes, worst, after, pruned }) => [
    backend,
    short(entries),
    short(valueBytes),
    short(worst),
    short(after),
    short(pruned),
  ]);
}

/** @param engine what lies below, of which nothing is wanted but what it tells of the limit */
function targetsOf(one: BackendScale, engine: BackendScale | undefined): Target[] {
  const largest = one.sizes.at(-1);
  if (largest === undefined) return [];
  const { entries, memory } = largest;
  const size = short(entries);
  const growing = `${entries}` === MIDDLE ? [] : ["get", "has", "set"];
  const targets = growing.flatMap((name) => {
    const ratio = growth(one, name, entries)?.ratio.median;
    const what = `\`${one.backend}\` ${name} with ${size} entries: times that with 10,000`;
    const below = engine && growth(engine, name, entries)?.ratio.median;
    const note = below === undefined ? "" : ` (${engine?.backend}: ${short(below)})`;
    return ratio === undefined ? [] : [atMost(what, 1.5, ratio, "", note)];
  });
  const perEntry = (memory.heap + memory.external) / entries;
  const rss = ` (rss: ${short(memory.rss / entries)})`;
  return [
    ...targets,
    atMost(`\`${one.backend}\` first hit of ${size} entries`, 50, firstHit(largest), " ms"),
    atMost(`\`${one.backend}\` memory an entry of ${size}`, 64, perEntry, " bytes", rss),
    ...one.disk.flatMap(({ valueBytes, worst, pruned }) => {
      const below = engine?.disk.find((other) => other.valueBytes === valueBytes);
      const note = (bytes: number | undefined): string =>
        bytes === undefined ? "" : ` (${engine?.backend}: ${short(bytes)})`;
      const values = `values of ${short(valueBytes)} B`;
      const what = `\`${one.backend}\` disk a live byte`;
      return [
        atMost(`${what}, ${values}`, 2, worst, "", note(below?.worst)),
        atMost(`${what} after \`prune()\`, ${values}`, 1.1, pruned, "", note(below?.pruned)),
      ];
    }),
  ];
}
