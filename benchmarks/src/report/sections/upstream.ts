import { quartiles } from "../../measure/quartiles.ts";
import { published } from "../../upstream/published.ts";
import type { UpstreamRaw } from "../../upstream/suite.ts";
import type { Turn } from "../../upstream/turn.ts";
import { bars } from "../bars.ts";
import { short } from "../format.ts";
import type { Section } from "../section.ts";
import { atLeast, atMost } from "../targets.ts";

const RAW = "raw sequential write";
const ITEMS = 3072;
const MEBIBYTE = 1024 * 1024;
const TARGETS = ["fileBlocks()", "fileBlocks(), setMany"];

export function upstreamSection({ contenders, python }: UpstreamRaw): Section {
  const all = Object.entries(contenders);
  const raw = contenders[RAW] ?? [];
  const times = (turns: readonly Turn[]): number[] =>
    turns.flatMap(({ writeMs }, turn) => (raw[turn] ? [writeMs / raw[turn].writeMs] : []));
  const median = (turns: readonly Turn[], what: "writeMs" | "readMs" | "diskBytes"): number =>
    quartiles(turns.map((turn) => turn[what])).median;
  const rowOf = (name: string, turns: readonly Turn[]): string[] => {
    const { low, median: middle, high } = quartiles(times(turns));
    return [
      name,
      `${short(middle)} (${short(low)} to ${short(high)})`,
      short(median(turns, "writeMs") / 1000),
      short(median(turns, "readMs") / 1000),
      short(median(turns, "diskBytes") / MEBIBYTE),
      `${Math.min(...turns.map(({ readBack }) => readBack))}`,
    ];
  };
  const beside = python?.map((turn) => [
    `${turn.contender}, beside`,
    "–",
    short(turn.writeMs / 1000),
    short(turn.readMs / 1000),
    short(turn.diskBytes / MEBIBYTE),
    `${turn.readBack}`,
  ]);
  const others = published.map(({ what, writeS, readS, mebibytes }) => [
    `${what}, published`,
    "–",
    short(writeS),
    short(readS),
    short(mebibytes),
    "not told",
  ]);
  return {
    title: "Upstream's workload",
    text: [
      "What the benchmark of Python's class-cache stores: 1,024 arrays of 1,024 × 32 64-bit integers, 1,024 " +
        "strings of 1,024 words, 1,024 objects; written one by one, or 64 at once where it says setMany, and " +
        "read by a store that was opened anew. Each turn has a fresh process and a new store. **ratio** is to " +
        "a sequential write of the same encoded bytes to one file, which encodes nothing.",
      python === null
        ? "Python's class-cache was not installed on this machine."
        : "Python's class-cache ran beside, once.",
      `Its [published figures](${published[0]!.source}) are from a faster machine: an AMD Ryzen 9 5950X.`,
    ],
    tables: [
      {
        caption: "Writing and reading 3,072 items",
        header: ["", "ratio", "write, s", "read, s", "MiB", "read back"],
        rows: [...all.map(([name, turns]) => rowOf(name, turns)), ...(beside ?? []), ...others],
      },
    ],
    plots: [
      bars("upstream-write", "Upstream's workload, written", "seconds", [
        ...all.map(([name, turns]) => ({
          name,
          value: median(turns, "writeMs") / 1000,
          isOurs: name.includes("()"),
        })),
        ...published.map(({ what, writeS }) => ({
          name: what.replace("class-cache (Python)", "Python"),
          value: writeS,
          isOurs: false,
        })),
      ]),
    ],
    targets: TARGETS.flatMap((name) => {
      const turns = contenders[name];
      if (turns === undefined) return [];
      const back = Math.min(...turns.map(({ readBack }) => readBack));
      return [
        atMost(
          `Upstream's workload, \`${name}\`: write, times a raw one`,
          1.5,
          quartiles(times(turns)).median,
        ),
        atLeast(`Upstream's workload, \`${name}\`: items read back`, ITEMS, back),
      ];
    }),
  };
}
