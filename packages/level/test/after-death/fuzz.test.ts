import { expect, test } from "@jest/globals";
import { fuzz } from "@class-cache/testkit/fuzzing";
import { lookedAtTable } from "../../src/after-death/looked-at-table.ts";
import { mendedLog } from "../../src/after-death/mended-log.ts";
import { logOf, mendLog, tableOf } from "../made-files.ts";

const corpus = (name: string): URL => new URL(`../corpus/${name}/`, import.meta.url);

const log = Buffer.concat([logOf(Buffer.from("a record")), logOf(Buffer.from("another"))]);
const table = tableOf([
  ["a", "1"],
  ["b", "22"],
]);
const mark = Buffer.alloc(8);
const listed = {
  size: table.length,
  first: Buffer.concat([Buffer.from("a"), mark]),
  last: Buffer.concat([Buffer.from("z"), mark]),
};

test("each bit of a log or a table is put right", () => {
  for (const [bytes, mended] of [
    [log, (found: Buffer) => mendedLog(found, true).content],
    [table, (found: Buffer) => lookedAtTable(found, listed).content],
  ] as const) {
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >>> 3]! ^= 1 << (bit & 7);
      expect([bit, mended(damaged).equals(bytes)]).toEqual([bit, true]);
    }
  }
});

fuzz({
  test,
  name: "logs that a killed owner left",
  corpus: corpus("left-logs"),
  covers: /level\/src\/(after-death|engine-files)\//,
  seeds: [log, log.subarray(0, log.length - 3)],
  mend: mendLog,
  run(input) {
    const { content, isDamaged, end } = mendedLog(Buffer.from(input), true);
    expect(content.length).toBe(input.length);
    // What is put right stays so.
    expect(mendedLog(content, true)).toEqual({ content, isChanged: false, isDamaged, end });
    const nothing = mendedLog(Buffer.from(input), true, () => false);
    expect(nothing.content.length).toBe(input.length);
    expect(nothing.end).toBeLessThanOrEqual(end);
  },
});

fuzz({
  test,
  name: "tables that a killed owner left",
  corpus: corpus("left-tables"),
  covers: /level\/src\/(after-death|engine-files)\//,
  seeds: [table, table.subarray(0, 100)],
  run(input) {
    const { content, isDamaged, lost } = lookedAtTable(Buffer.from(input), listed);
    expect(content.length).toBe(input.length);
    if (lost.length > 0) expect(isDamaged).toBe(true);
    for (const { first, last } of lost) expect(first.length + last.length).toBeGreaterThan(0);
  },
});
