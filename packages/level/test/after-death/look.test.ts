import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { verify } from "@class-cache/mapping";
import { level } from "@class-cache/level";
import { encodeLengths, knownLengths, lengthsPath } from "../../src/after-death/known-lengths.ts";
import { mendSealed } from "../../src/seal/sealed-folder.ts";
import { Child } from "../child.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";

const expected = new Map(
  Array.from({ length: 60 }, (_, n): [string, string] => [
    `key ${n}`,
    `${n} `.repeat(n % 20 === 7 ? 9000 : (n % 6) * 40 + 1),
  ]),
);

/** Of which the process was killed that had it open. */
let killed: string;

beforeAll(async () => {
  killed = mkdtempSync(join(tmpdir(), "class-cache-level-"));
  const entries = Object.fromEntries(expected);
  const writer = new Child("killed-writer.ts", { dir: killed, entries }, "file");
  await writer.line("written");
  await writer.kill();
});

afterAll(() => rmSync(killed, { recursive: true, force: true }));

/** Such a store with a change to one of its files. */
function storeWith(pattern: RegExp, change: (path: string) => void): string {
  const dir = temporaryFolder();
  cpSync(killed, dir, { recursive: true });
  change(fileIn(dir, pattern));
  return dir;
}

/** The largest of those that have such a name. */
function fileIn(dir: string, pattern: RegExp): string {
  const [largest] = readdirSync(join(dir, "db"))
    .filter((name) => pattern.test(name))
    .map((name) => join(dir, "db", name))
    .sort((a, b) => readFileSync(b).length - readFileSync(a).length);
  return largest!;
}

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset]! ^= 1 << (offset % 8);
  writeFileSync(path, bytes);
}

/** Has the note of lengths be of another start of the machine, as after a loss of power, or of none. */
function noteStart(dir: string, start: string | undefined): void {
  const database = join(dir, "db");
  writeFileSync(lengthsPath(database), encodeLengths(knownLengths(database)!, start));
}

interface Outcome {
  readonly right: number;
  /** Damage that was told of. */
  readonly reports: number;
}

/** Reads all, of which nothing may be wrong, and then writes. */
async function use(dir: string): Promise<Outcome> {
  let reports = 0;
  await using backend = level({ dir });
  const mapping = backend.open<string, string>("a mapping", {
    onError(error) {
      expect(error).toMatchObject({ code: "ERR_DAMAGED" });
      reports += 1;
    },
  });
  let right = 0;
  for (const [key, value] of expected) {
    const found = await mapping.get(key);
    if (found === undefined) continue;
    expect(found === value).toBe(true);
    right += 1;
  }
  await mapping.set("new", "value");
  expect(await mapping.get("new")).toBe("value");
  return { right, reports };
}

const sound = { right: expected.size, reports: 0 };

describe("a store whose owner was killed", () => {
  test("has all that was written, and reports nothing", async () => {
    expect(await use(storeWith(/./, () => {}))).toEqual(sound);
  });

  test.each([
    ["the log", /\.log$/, soak ? 23 : 997],
    ["a table", /\.ldb$/, soak ? 23 : 397],
    ["the list of tables", /^MANIFEST/, soak ? 1 : 7],
    ["the name of the list", /^CURRENT$/, 1],
  ])("loses nothing by a flipped bit of %s, and reports it", async (_what, pattern, step) => {
    const { length } = readFileSync(fileIn(killed, pattern));
    for (let at = 0; at < length; at += step) {
      const { right, reports } = await use(storeWith(pattern, (path) => flip(path, at)));
      expect([at, right]).toEqual([at, expected.size]);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("answers nothing that may have been replaced where its log was cut, or is gone", async () => {
    const { length } = readFileSync(fileIn(killed, /\.log$/));
    const cuts = [0, 7, 100, Math.floor(length / 2), length - 1];
    const injuries = [...cuts.map((size) => (path: string) => truncateSync(path, size)), rmSync];
    for (const inflict of injuries) {
      const { right, reports } = await use(storeWith(/\.log$/, (path) => inflict(path)));
      expect(right).toBe(0);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("keeps what is in its log where a table was cut, or is gone", async () => {
    const { length } = readFileSync(fileIn(killed, /\.ldb$/));
    const cuts = [0, 7, 100, Math.floor(length / 2), length - 1];
    const injuries = [...cuts.map((size) => (path: string) => truncateSync(path, size)), rmSync];
    for (const inflict of injuries) {
      const { right, reports } = await use(storeWith(/\.ldb$/, (path) => inflict(path)));
      expect(right).toBeGreaterThanOrEqual(expected.size / 2);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("keeps everything where its list of tables was cut", async () => {
    const { length } = readFileSync(fileIn(killed, /^MANIFEST/));
    for (let size = 0; size < length; size += 13) {
      const { right, reports } = await use(
        storeWith(/^MANIFEST/, (path) => truncateSync(path, size)),
      );
      expect([size, right]).toEqual([size, expected.size]);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("may have lost the end of its log to a loss of power: what was there before is what is left", async () => {
    const dir = storeWith(/\.log$/, (path) =>
      truncateSync(path, Math.floor(readFileSync(path).length / 2)),
    );
    noteStart(dir, "another");
    await using backend = level({ dir });
    const mapping = backend.open<string, string>("a mapping", {
      onError(error) {
        throw error;
      },
    });
    expect(await mapping.size()).toBe(expected.size);
    expect(await mapping.get("key 59")).toBe(expected.get("key 59"));
  });

  test("may have lost the file of its log to a loss of power", async () => {
    const dir = storeWith(/\.log$/, (path) => rmSync(path));
    noteStart(dir, "another");
    await using backend = level({ dir });
    expect(await backend.open("a mapping").size()).toBe(expected.size);
    expect(await backend.open("a mapping").get("key 59")).toBe(expected.get("key 59"));
  });

  test("may have been killed again in the first opening after a loss of power", async () => {
    const dir = storeWith(/\.log$/, (path) => rmSync(path));
    noteStart(dir, "another");
    // What LevelDB begins with.
    appendFileSync(join(dir, "db", "LOG"), "");
    renameSync(join(dir, "db", "LOG"), join(dir, "db", "LOG.old"));
    await using backend = level({ dir });
    expect(await backend.open("a mapping").size()).toBe(expected.size);
  });

  test("is left to LevelDB where nobody knows of a loss of power, and what is missing is reported", async () => {
    for (const forget of [
      (dir: string) => noteStart(dir, undefined),
      (dir: string) => flip(lengthsPath(join(dir, "db")), 9),
      (dir: string) => rmSync(lengthsPath(join(dir, "db"))),
    ]) {
      const dir = storeWith(/\.log$/, (path) => {
        const log = readFileSync(path);
        log.fill(0xa5, log.length - 200, log.length - 100);
        writeFileSync(path, log);
      });
      forget(dir);
      const errors: Error[] = [];
      await using backend = level({ dir });
      const mapping = backend.open<string, string>("a mapping", {
        onError: (error) => errors.push(error),
      });
      expect(await mapping.size()).toBe(expected.size);
      expect(await mapping.get("key 59")).toBe(expected.get("key 59"));
      expect(errors.length).toBeGreaterThan(0);
    }
  });

  test("loses nothing where the note of lengths is damaged alone, and reports it", async () => {
    for (let at = 0; at < 72; at += 5) {
      const dir = storeWith(/./, () => {});
      flip(lengthsPath(join(dir, "db")), at);
      const { right, reports } = await use(dir);
      expect([at, right, reports]).toEqual([at, expected.size, 1]);
    }
  });

  test("brings nothing back where a byte of a length in its log is another one", async () => {
    const log = readFileSync(fileIn(killed, /\.log$/));
    let at = 0;
    for (let record = 0; record < 12; record += 1) at += 7 + log.readUInt16LE(at + 4);
    for (const offset of [at + 4, at + 5]) {
      for (let by = 3; by < 256; by += soak ? 1 : 12) {
        const { right, reports } = await use(
          storeWith(/\.log$/, (path) => {
            const damaged = Buffer.from(log);
            damaged[offset]! ^= by;
            writeFileSync(path, damaged);
          }),
        );
        expect(right === 0 || right === expected.size).toBe(true);
        expect(reports).toBeGreaterThan(0);
      }
    }
  });

  test.each([
    ["the log", /\.log$/, soak ? 23 : 1997, 0],
    ["a table", /\.ldb$/, soak ? 23 : 797, expected.size / 2],
    ["the list of tables", /^MANIFEST/, soak ? 1 : 17, expected.size],
  ])(
    "brings nothing back where a byte of %s is another one",
    async (_what, pattern, step, least) => {
      const { length } = readFileSync(fileIn(killed, pattern));
      for (let at = 0; at < length; at += step) {
        const { right, reports } = await use(
          storeWith(pattern, (path) => {
            const bytes = readFileSync(path);
            bytes[at]! ^= 0x43;
            writeFileSync(path, bytes);
          }),
        );
        expect([at, right >= least, reports > 0]).toEqual([at, true, true]);
      }
    },
  );

  test("answers nothing that may have been replaced where one of its logs is gone, and another there", async () => {
    const dir = storeWith(/\.log$/, (path) => {
      rmSync(path);
      const number = Number(/(\d+)\.log$/.exec(path)?.[1]);
      writeFileSync(path.replace(/\d+\.log$/, `${String(number + 1).padStart(6, "0")}.log`), "");
    });
    const { right, reports } = await use(dir);
    expect(right).toBe(0);
    expect(reports).toBeGreaterThan(0);
  });

  test("takes a list from before its last opening for none", async () => {
    const dir = storeWith(/^MANIFEST/, (path) => {
      const list = readFileSync(path);
      rmSync(path);
      writeFileSync(path.replace(/\d+$/, "000001"), list.subarray(0, 90));
      writeFileSync(join(path, "..", "CURRENT"), "MANIFEST-000001\n");
    });
    const { right, reports } = await use(dir);
    expect(right).toBe(expected.size);
    expect(reports).toBeGreaterThan(0);
  });

  test("loses nothing by what it was writing when it was killed", async () => {
    const log = readFileSync(fileIn(killed, /\.log$/));
    for (const length of [3, 7, 50]) {
      const dir = storeWith(/\.log$/, (path) => appendFileSync(path, log.subarray(0, length)));
      expect(await use(dir)).toEqual(sound);
    }
  });

  test("keeps what a mending kept whose process was killed before it opened the database", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    const mapping = backend.open<string, string>("a mapping");
    for (const [key, value] of expected) await mapping.set(key, value);
    // Long enough for the lengths of the files to be noted.
    await new Promise((resolve) => setTimeout(resolve, 60));
    await backend.close();
    for (const at of [30_000, 30_001]) flip(fileIn(dir, /\.log$/), at);
    mendSealed(join(dir, "db"), () => {});
    const { right, reports } = await use(dir);
    expect(right).toBe(expected.size - 1);
    expect(reports).toBeGreaterThan(0);
  });

  test("is made anew once, and is then sound", async () => {
    const dir = storeWith(/\.log$/, (path) => truncateSync(path, 100));
    await use(dir);
    await using backend = level({ dir });
    for (const key of expected.keys()) await backend.open("a mapping").set(key, "anew");
    await backend.close();
    await using later = level({ dir });
    expect((await verify(later)).damages).toEqual([]);
    expect(await later.open("a mapping").size()).toBe(expected.size + 1);
  });
});
