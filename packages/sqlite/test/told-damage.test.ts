import { readFileSync } from "node:fs";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { damagedCopy } from "./damaged-copy.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PAGE = 4096;

let sound: Buffer;
/** The page of the index of mappings. */
let indexPage: number;

const valueOf = (key: string): string => `the value of ${key} `.repeat(20);

beforeAll(async () => {
  const path = join(temporaryFolder(), "c.sqlite");
  await using backend = sqlite({ path });
  const keys = Array.from({ length: 150 }, (_, n) => `key ${n}`);
  const entries = keys.map((key): [string, string] => [key, valueOf(key)]);
  await backend.open<string, string>("a mapping").setMany(entries);
  await backend.open("another").set("a", 1);
  await backend.close();
  sound = readFileSync(path);
  const db = new DatabaseSync(path);
  const find = "SELECT pageno FROM dbstat WHERE name = 'sqlite_autoindex_mapping_1'";
  indexPage = Number(db.prepare(find).get()?.pageno);
  db.close();
});

function damagedStore(damage: (bytes: Buffer) => Buffer | void): string {
  return damagedCopy(sound, damage);
}

describe("what is found damaged while a store is mended", () => {
  const published: Error[] = [];
  const onPublished = (message: unknown): void => {
    published.push((message as { error: Error }).error);
  };

  beforeEach(() => {
    published.length = 0;
    subscribe("class-cache:error", onPublished);
  });

  afterEach(() => {
    unsubscribe("class-cache:error", onPublished);
  });

  /** A store that has lost a page of an index, and the value of an entry. */
  function withoutEntry(key: string): string {
    return damagedStore((bytes) => {
      bytes.fill(0, (indexPage - 1) * PAGE, indexPage * PAGE);
      const at = bytes.indexOf(valueOf(key)) + 20;
      bytes[at] = bytes[at]! ^ 1;
    });
  }

  test("is told on the channel, whatever onError there is", async () => {
    for (const share of [0.3, 0.6]) {
      published.length = 0;
      const path = damagedStore((bytes) => bytes.subarray(0, Math.floor(sound.length * share)));
      await using backend = sqlite({ path });
      const onError = jest.fn();
      await backend.open("a mapping", { onError }).get("key 1");
      expect(onError).toHaveBeenCalled();
      expect(published).toContainEqual(expect.objectContaining({ code: "ERR_DAMAGED" }));
    }
  });

  test("is told to whoever waits for the store", async () => {
    await using backend = sqlite({ path: withoutEntry("key 125") });
    const told = Array.from({ length: 3 }, () => jest.fn());
    await Promise.all(
      told.map((onError, at) => backend.open(`mapping ${at}`, { onError }).get("key")),
    );
    for (const onError of told) {
      expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: "ERR_DAMAGED" }));
    }
  });

  test("is told to the open handles of its mapping, and to the channel once", async () => {
    const path = withoutEntry("key 125");
    await using other = sqlite({ path });
    await using backend = sqlite({ path });
    const told = Array.from({ length: 5 }, () => jest.fn());
    const closed = backend.open("a mapping", { onError: told[0]! });
    await closed.close();
    backend.open("a mapping", { onError: told[1]! });
    other.open("a mapping", { onError: told[2]! });
    backend.open("a mapping");
    backend.open("quiet", { onError: told[3]! });
    expect(await backend.open("another", { onError: told[4]! }).get("a")).toBe(1);
    const ofEntry = { code: "ERR_DAMAGED", message: expect.stringContaining('"a mapping"') };
    const losses = told.map((onError) => onError.mock.calls.map(([error]) => error as Error));
    expect(losses[0]).toEqual([]);
    expect(losses[1]).toMatchObject([ofEntry]);
    expect(losses[2]).toMatchObject([ofEntry]);
    expect(losses[3]).toEqual([]);
    expect(losses[4]).toMatchObject([{ message: expect.stringContaining(path) }]);
    expect(published).toMatchObject([{ message: expect.stringContaining(path) }, ofEntry]);
  });

  test("is told to all others where one of them fails", async () => {
    const path = withoutEntry("key 125");
    await using backend = sqlite({ path });
    const failing = (): never => {
      throw new Error("of who is told");
    };
    const onError = jest.fn();
    const handles = [failing, failing, onError].map((each) =>
      backend.open("a mapping", { onError: each }),
    );
    expect(await backend.open("another", { onError: failing }).get("a")).toBe(1);
    expect(onError).toHaveBeenCalledTimes(1);
    expect(published).toContainEqual(expect.objectContaining({ message: "of who is told" }));
    for (const handle of handles) await handle.close();
  });
});
