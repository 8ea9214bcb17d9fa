import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repair, verify } from "@class-cache/mapping";
import type { LevelBackend } from "@class-cache/level";
import { level } from "@class-cache/level";
import { knownLengths } from "../../src/after-death/known-lengths.ts";
import { Child } from "../child.ts";
import { filesIn, temporaryFolder } from "../temporary-folder.ts";

/** Of which the process was killed that had it open: all of one store is in its log, of the other a part. */
let inLog: string;
let inBoth: string;

beforeAll(async () => {
  [inLog = "", inBoth = ""] = Array.from({ length: 2 }, () =>
    mkdtempSync(join(tmpdir(), "class-cache-level-")),
  );
  const entries = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`key ${n}`, `${n}`]));
  for (const [dir, prunes] of [
    [inLog, false],
    [inBoth, true],
  ] as const) {
    const writer = new Child("killed-writer.ts", { dir, entries, prunes }, "file");
    await writer.line("written");
    await writer.kill();
  }
});

afterAll(() => {
  for (const dir of [inLog, inBoth]) rmSync(dir, { recursive: true, force: true });
});

function copyOf(store: string): string {
  const dir = temporaryFolder();
  cpSync(store, dir, { recursive: true });
  return dir;
}

function logIn(dir: string): string {
  const logs = filesIn(join(dir, "db")).filter((path) => path.endsWith(".log"));
  return logs.toSorted().at(-1)!;
}

/** Every file with its content. */
function contentOf(dir: string): Record<string, string> {
  return Object.fromEntries(
    filesIn(dir).map((path) => [relative(dir, path), readFileSync(path, "base64")]),
  );
}

const injuries: readonly (readonly [string, (path: string) => void])[] = [
  ["cut within its first part", (path) => truncateSync(path, 5)],
  ["emptied", (path) => truncateSync(path, 0)],
  ["removed", (path) => rmSync(path)],
  ["zeros", (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length))],
  ["there twice", (path) => appendFileSync(path, readFileSync(path))],
];

describe("a store whose owner was killed", () => {
  test.each(injuries)(
    "is verified as damaged, and changed by nothing but a repair, where its log is %s",
    async (_how, inflict) => {
      for (const store of [inLog, inBoth]) {
        const dir = copyOf(store);
        const log = logIn(dir);
        inflict(log);
        const before = contentOf(dir);
        {
          await using backend = level({ dir });
          const { damages } = await verify(backend);
          expect(damages).toMatchObject([{ code: "ERR_DAMAGED" }]);
          expect(damages[0]!.where.startsWith(log)).toBe(true);
          expect(await verify(backend)).toMatchObject({ damages });
        }
        expect(contentOf(dir)).toEqual(before);
        await using backend = level({ dir });
        const report = await repair(backend);
        expect(report.damages[0]!.where.startsWith(log)).toBe(true);
        expect(report.left).toEqual([]);
        expect((await verify(backend)).damages).toEqual([]);
        await backend.open("a mapping").set("key 1", "anew");
        expect(await backend.open("a mapping").size()).toBe(1);
      }
    },
  );

  test("is verified as damaged where its folder of the database is gone", async () => {
    const dir = copyOf(inLog);
    rmSync(join(dir, "db"), { recursive: true });
    await using backend = level({ dir });
    expect((await verify(backend)).damages).toMatchObject([{ code: "ERR_DAMAGED" }]);
    expect((await repair(backend)).left).toEqual([]);
    expect((await verify(backend)).damages).toEqual([]);
  });

  test("is verified without damages where nothing is", async () => {
    for (const store of [inLog, inBoth]) {
      await using backend = level({ dir: copyOf(store) });
      expect(await verify(backend)).toMatchObject({ entries: 30, damages: [] });
    }
  });
});

describe("a store whose log is damaged while its owner has it open", () => {
  /** Has a value in a table replaced by one that is in the log alone. */
  async function fill(backend: LevelBackend): Promise<void> {
    const mapping = backend.open<string, string>("a mapping");
    for (let n = 0; n < 30; n += 1) await mapping.set(`key ${n}`, "the value before");
    await mapping.prune();
    await mapping.set("key 1", "the value since");
    // Until the lengths of the files are noted, which takes its time where the machine is busy.
    const { size } = statSync(logIn(backend.dir));
    while (knownLengths(join(backend.dir, "db"))?.log.bytes !== size) await sleep(5);
  }

  const valueIn = (backend: LevelBackend): Promise<unknown> =>
    backend.open("a mapping", { onError() {} }).get("key 1");

  test.each(injuries.slice(0, 3))(
    "is verified as damaged, and answers nothing older when it is repaired: %s",
    async (_how, inflict) => {
      const dir = temporaryFolder();
      await using owner = level({ dir });
      await using guest = level({ dir });
      await fill(owner);
      const log = logIn(dir);
      inflict(log);
      for (const backend of [owner, guest]) {
        const { damages } = await verify(backend);
        expect(damages).toMatchObject([{ where: expect.stringContaining(log) }]);
      }
      expect((await repair(guest)).left).toEqual([]);
      expect(await valueIn(owner)).toBeUndefined();
      expect((await verify(guest)).damages).toEqual([]);
    },
  );

  test.each(injuries)("answers the next owner nothing older: %s", async (_how, inflict) => {
    const dir = temporaryFolder();
    await using owner = level({ dir });
    await fill(owner);
    inflict(logIn(dir));
    await owner.open("a mapping").set("another key", "value");
    await sleep(60);
    await owner.close();
    await using next = level({ dir });
    expect([undefined, "the value since"]).toContain(await valueIn(next));
  });
});

test("a store that is not there is verified without making one", async () => {
  const dir = join(temporaryFolder(), "store");
  await using backend = level({ dir });
  expect(await verify(backend)).toMatchObject({ entries: 0, damages: [] });
  expect(await repair(backend)).toMatchObject({ entries: 0, damages: [], left: [] });
  expect(existsSync(dir)).toBe(false);
});
