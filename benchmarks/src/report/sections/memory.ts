import type { Measured } from "../../measure/contest.ts";
import { compare, find, roundsOf } from "../../measure/summary.ts";
import { quartiles } from "../../measure/quartiles.ts";
import { bars } from "../bars.ts";
import { short, spread } from "../format.ts";
import type { Plot, Section, Table, Target } from "../section.ts";
import { atLeast, atMost } from "../targets.ts";

const CACHED = "@cached";
const GET = "Map.get";
const KEYED = "stringify + Map.get";

/** The most that a hit may cost, in awaited `Map.get`s of a ready key. */
const LIMITS: Readonly<Record<string, number>> = {
  number: 2,
  "string and number": 2.5,
  "instance of two fields": 4,
};

const SLOW = ["cacheable", "bentocache", "keyv", "cachified"];

/** How many times faster than the slow ones a hit is to be. */
const FASTER: Readonly<Record<string, number>> = {
  number: 10,
  "string and number": 10,
  "nested object": 4,
  "new nested object": 4,
};

/** Cases that are compared with making a key by fast-json-stable-stringify as well. */
const STRINGIFIED = ["nested object", "new nested object"];

export function memorySection(raw: readonly Measured[]): Section {
  const cases = [...new Set(raw.map((measured) => measured.case))];
  return {
    title: "Memory hits",
    text: [
      "A remembered call, awaited, by its arguments. Each contender and case has a process of its own, in " +
        "which an awaited `Map.get` of a ready key is timed in the same rounds: **ratio** is to that, with " +
        "the quartiles of the ratios round by round. 16 sets of arguments take turns. `@cached` stands on " +
        "`fileBlocks()`. Peers without a key of their own are given the cheapest text that tells the " +
        "arguments apart, made by fast-json-stable-stringify for the object. A **new nested object** is made " +
        "for each call; the others are 16 that are given again.",
    ],
    tables: cases.map((name) => tableOf(raw, name)),
    plots: cases.map((name) => plotOf(raw, name)),
    targets: cases.flatMap((name) => targetsOf(raw, name)),
  };
}

function ratioOf(raw: readonly Measured[], name: string, contender: string, base = GET): number {
  const measured = find(raw, name, contender);
  if (measured === undefined) return NaN;
  const against = { measured, what: base };
  return compare({ measured, what: "hit" }, against)?.ratio.median ?? NaN;
}

function contendersOf(raw: readonly Measured[], name: string): Measured[] {
  return raw
    .filter((measured) => measured.case === name)
    .sort((a, b) => ratioOf(raw, name, a.contender) - ratioOf(raw, name, b.contender));
}

function tableOf(raw: readonly Measured[], name: string): Table {
  const ours = ratioOf(raw, name, CACHED);
  const isKeyed = STRINGIFIED.includes(name);
  return {
    caption: `A hit by ${name}`,
    header: ["", "ratio", "ns", ...(isKeyed ? ["to stringify + Map.get"] : []), "to @cached"],
    rows: contendersOf(raw, name).map((measured) => {
      const hit = { measured, what: "hit" };
      const comparison = compare(hit, { measured, what: GET });
      const keyed = compare(hit, { measured, what: KEYED });
      return [
        measured.contender,
        comparison === undefined ? "–" : spread(comparison),
        short(quartiles(roundsOf(hit)).median),
        ...(isKeyed ? [keyed === undefined ? "–" : spread(keyed)] : []),
        short(ratioOf(raw, name, measured.contender) / ours),
      ];
    }),
  };
}

function plotOf(raw: readonly Measured[], name: string): Plot {
  const title = `A hit by ${name}`;
  const file = `memory-${name.replaceAll(/[^a-z]+/g, "-")}`;
  const all = contendersOf(raw, name).map(({ contender }) => ({
    name: contender,
    value: ratioOf(raw, name, contender),
    isOurs: contender.startsWith(CACHED),
  }));
  return bars(file, title, "times an awaited Map.get of a ready key", all);
}

function targetsOf(raw: readonly Measured[], name: string): Target[] {
  const targets: Target[] = [];
  const limit = LIMITS[name];
  if (limit !== undefined) {
    const what = `Memory hit, ${name}: times an awaited \`Map.get\``;
    targets.push(atMost(what, limit, ratioOf(raw, name, CACHED)));
  }
  if (STRINGIFIED.includes(name)) {
    const what = `Memory hit, ${name}: times stringify and an awaited \`Map.get\``;
    targets.push(atMost(what, 1.2, ratioOf(raw, name, CACHED, KEYED)));
  }
  const faster = FASTER[name];
  if (faster !== undefined) {
    const ours = ratioOf(raw, name, CACHED);
    const slow = SLOW.map((peer) => [peer, ratioOf(raw, name, peer) / ours] as const);
    const [nearest, times] = slow.reduce((least, one) => (one[1] < least[1] ? one : least));
    const what = `Memory hit, ${name}: times faster than ${SLOW.join(", ")}`;
    targets.push(atLeast(what, faster, times, "", ` (${nearest})`));
  }
  return targets;
}
