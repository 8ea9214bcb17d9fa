import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { repair, verify } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import type { LeftFiles } from "./left-store.ts";
import { expected, filesOfKilled, FRAME, layOut, read } from "./left-store.ts";

const HEADER = 32;

let replaced: LeftFiles;
let copied: LeftFiles;

beforeAll(async () => {
  replaced = await filesOfKilled("replaced");
  copied = await filesOfKilled("copied");
});

/** A store whose log is changed. @returns the path of the database */
function withLog(files: LeftFiles, change: (log: Buffer) => Buffer | void): string {
  return layOut(files, (path) => {
    const log = readFileSync(`${path}-wal`);
    writeFileSync(`${path}-wal`, change(log) ?? log);
  });
}

/** Bytes without any order, the same each time. */
function noise(length: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    }),
  );
}

/** What leaves nothing of a log that tells whose it is. */
const wiped: readonly ((log: Buffer) => Buffer | void)[] = [
  (log) => void log.fill(0),
  (log) => void log.fill(255),
  (log) => noise(log.length),
  (log) => noise(log.length + 5000),
  () => Buffer.alloc(HEADER + FRAME),
  (log) => Buffer.concat([Buffer.alloc(log.length), earlier(log)]),
];

/** The frames of a log, as they lie behind those of the next where that is shorter. */
function earlier(log: Buffer): Buffer {
  const frames = Buffer.from(log.subarray(HEADER));
  for (let at = 0; at < frames.length; at += FRAME) frames.fill(9, at + 8, at + 16);
  return frames;
}

function frameOf(log: Buffer, frame: number): Buffer {
  return log.subarray(HEADER + frame * FRAME, HEADER + (frame + 1) * FRAME);
}

const pageOf = (frame: Buffer): number => frame.readUInt32BE(0);

/** Two frames of one page, of which the second has what counts. */
function versionsOfOnePage(log: Buffer): [before: Buffer, after: Buffer] {
  const count = Math.floor((log.length - HEADER) / FRAME);
  const frames = Array.from({ length: count }, (_, frame) => frameOf(log, frame));
  const after = frames.findLast((frame) =>
    frames.some((other) => other !== frame && pageOf(other) === pageOf(frame)),
  )!;
  const before = frames.find((frame) => pageOf(frame) === pageOf(after))!;
  return [before, after];
}

/** Whether nothing is left of a store, and that is told. */
async function isLost(path: string): Promise<boolean> {
  const { right, reports } = await read(path);
  return right === 0 && reports > 0;
}

describe("the log of writes that a killed process left, overwritten", () => {
  test("as a whole, is lost: nothing that was replaced comes back", async () => {
    for (const wipe of wiped) expect(await isLost(withLog(replaced, wipe))).toBe(true);
  });

  test("as a whole, is told of by verify, which leaves it, and by repair", async () => {
    await using backend = sqlite({
      path: withLog(replaced, (log) => void log.fill(0)),
    });
    expect((await verify(backend)).damages).toMatchObject([{ code: "ERR_DAMAGED" }]);
    expect(await repair(backend)).toMatchObject({ entries: 0, left: [] });
    expect((await verify(backend)).damages).toEqual([]);
  });

  test("as a whole, costs nothing where the database has it all", async () => {
    for (const wipe of wiped) {
      expect((await read(withLog(copied, wipe))).right).toBe(expected.size);
    }
  });

  test("with zeros up to the end of a frame, is lost", async () => {
    for (const frames of [1, 2, 3, 20]) {
      const path = withLog(replaced, (log) => void log.fill(0, 0, HEADER + frames * FRAME));
      expect(await isLost(path)).toBe(true);
    }
  });
});

describe("frames of a log that a killed process left, which are sound", () => {
  test("and have changed places, are not taken for those of the newest writes", async () => {
    const path = withLog(replaced, (log) => {
      const [before, after] = versionsOfOnePage(log);
      const kept = Buffer.from(before);
      after.copy(before);
      kept.copy(after);
    });
    expect(await isLost(path)).toBe(true);
  });

  test("and lie twice, over a later one of the same page, are not taken for that", async () => {
    const path = withLog(replaced, (log) => {
      const [before, after] = versionsOfOnePage(log);
      before.copy(after);
    });
    expect(await isLost(path)).toBe(true);
  });

  test("and are of the log before, are not taken for those of this", async () => {
    const path = withLog(replaced, (log) => {
      const [before, after] = versionsOfOnePage(log);
      const kept = earlier(Buffer.concat([Buffer.alloc(HEADER), before]));
      before.fill(7, 24);
      kept.copy(after);
    });
    expect(await isLost(path)).toBe(true);
  });
});
