import { describe, expect, test } from "@jest/globals";
import type { Measured } from "../../benchmarks/src/measure/contest.ts";
import type { Result } from "../../benchmarks/src/measure/result.ts";
import { report } from "../../benchmarks/src/report/markdown.ts";
import { memorySection } from "../../benchmarks/src/report/sections/memory.ts";

const machine = {
  node: "v24.0.0",
  cpu: "some processor",
  cores: 2,
  memoryGiB: 8,
  system: "some system",
  load: [0.5, 1.25] as const,
};

/** Rounds of an awaited `Map.get`, and of hits that take so many times as long. */
function measured(contender: string, ...times: (number | null)[]): Measured {
  const base = times.map((_, round) => 100 + round);
  const hit = times.map((ratio, round) => (ratio === null ? null : ratio * base[round]!));
  return { case: "number", contender, rounds: { "Map.get": base, hit } };
}

function reportOf(raw: Measured[]): string[] {
  const result: Result = {
    suite: "memory",
    command: "npm run bench -- memory",
    date: "2026-01-02T03:04:05.000Z",
    machine,
    commit: "abc1234",
    pace: {
      generations: 1,
      rounds: 3,
      roundMs: 1,
      warmUpMs: 1,
      budgetMs: 1,
      mostEntries: 1,
      togetherMs: 1,
    },
    seconds: 7,
    raw,
  };
  return report([{ result, section: memorySection(raw) }], "results").split("\n");
}

/** The cells of the rows of the report that begin with a text. */
function rows(lines: string[], first: string): string[][] {
  return lines
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter((cells) => cells[1] === first)
    .map((cells) => cells.slice(1, -1));
}

describe("the report of the benchmarks", () => {
  const slow = ["cacheable", "bentocache", "keyv", "cachified"].map((peer, index) =>
    measured(peer, 30 + index, 30 + index, 30 + index),
  );

  test("has the median of the ratios round by round, and their quartiles", () => {
    const lines = reportOf([measured("@cached", 1, 3, 2), ...slow]);
    expect(rows(lines, "@cached")).toEqual([["@cached", "2 (1.5 to 2.5)", "204", "1"]]);
    expect(rows(lines, "bentocache")).toEqual([["bentocache", "31 (31 to 31)", "3,131", "15.5"]]);
  });

  test("leaves out the rounds in which a contender did not take part", () => {
    const lines = reportOf([measured("@cached", 9, null, 9), ...slow]);
    expect(rows(lines, "@cached")).toEqual([["@cached", "9 (9 to 9)", "909", "1"]]);
  });

  test("tells which targets are met", () => {
    const hit = "Memory hit, number: times an awaited `Map.get`";
    const faster = "Memory hit, number: times faster than cacheable, bentocache, keyv, cachified";
    const good = reportOf([measured("@cached", 2, 2, 2), ...slow]);
    expect(good).toContain("2 of 2 are met.");
    expect(rows(good, hit)).toEqual([[hit, "at most 2", "2", "yes"]]);
    expect(rows(good, faster)).toEqual([[faster, "at least 10", "15 (cacheable)", "yes"]]);
    const bad = reportOf([measured("@cached", 4, 4, 4), ...slow]);
    expect(bad).toContain("0 of 2 are met.");
    expect(rows(bad, hit)).toEqual([[hit, "at most 2", "4", "**no**"]]);
    expect(rows(bad, faster)).toEqual([[faster, "at least 10", "7.5 (cacheable)", "**no**"]]);
  });

  test("says how a figure is had again, and links its plot", () => {
    const lines = reportOf([measured("@cached", 2, 2, 2), ...slow]);
    expect(lines).toContain("`npm run bench -- memory`");
    expect(lines).toContain("![A hit by number](results/memory-number.svg)");
  });
});
