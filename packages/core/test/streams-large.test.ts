import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { cacheable, cached, configure, memoOf, resetStats, stats } from "@class-cache/core";
import type { Backend, Key, ValueCodec } from "@class-cache/mapping";
import { compressed, encrypted, ManualClock, memory, structured } from "@class-cache/mapping";
import { drained } from "./read-all.ts";
import { settled } from "./gate.ts";

const ITEM_BYTES = 50_000;
const ITEMS = 60;

let backend: Backend;
let changed = "";

@cacheable({ id: "large streams" })
class Pages {
  @cached({ memory: false }) async *all(count: number): AsyncGenerator<string, string> {
    for (let at = 0; at < count; at += 1) yield `${at}`.padEnd(ITEM_BYTES);
    return `${count} pages${changed}`;
  }

  @cached({ memory: false }) async *shifting(count: number): AsyncGenerator<string> {
    for (let at = 0; at < count; at += 1) yield `${at}${changed}`.padEnd(ITEM_BYTES);
  }

  @cached({ ttl: "1h" }) async *passing(): AsyncGenerator<string> {
    for (let at = 0; at < ITEMS; at += 1) yield `${at}`.padEnd(ITEM_BYTES);
  }
}

const CHUNKS = "~class-cache.chunks.";

/** The chunks that are stored, by the runs that they belong to. */
async function chunks(of: Backend): Promise<Map<string, Key[]>> {
  const byRun = new Map<string, Key[]>();
  for await (const id of of.ids()) {
    if (!id.startsWith(CHUNKS)) continue;
    for await (const key of of.open<string[], unknown>(id).keys()) {
      const run = key[1] as string;
      byRun.set(run, [...(byRun.get(run) ?? []), key]);
    }
  }
  return byRun;
}

/** Deletes a chunk of the only recording there is. */
async function lose(number: number): Promise<void> {
  for await (const id of backend.ids()) {
    if (!id.startsWith(CHUNKS)) continue;
    const mapping = backend.open<string[], unknown>(id);
    for await (const key of mapping.keys()) if (key[2] === `${number}`) await mapping.delete(key);
  }
}

beforeEach(() => {
  changed = "";
  backend = memory();
  configure({ backend, clock: undefined, onError: undefined });
  resetStats();
});

describe("a large stream", () => {
  test.each<[string, (folder: string) => Backend]>([
    ["in memory", () => memory()],
    ["in file blocks", (folder) => fileBlocks({ dir: folder })],
    ["compressed", () => memory({ codec: compressed(structured()) })],
    ["encrypted", () => memory({ codec: encrypted(structured(), { key: Buffer.alloc(32, 1) }) })],
  ])("is recorded in chunks of bounded size and replayed: %s", async (_name, make) => {
    const folder = mkdtempSync(join(tmpdir(), "class-cache-streams-"));
    try {
      await using made = make(folder);
      configure({ backend: made });
      const pages = new Pages();
      const first = await drained(pages.all(ITEMS));
      expect(first.items).toHaveLength(ITEMS);
      const stored = await chunks(made);
      expect(stored.size).toBe(1);
      expect([...stored.values()][0]?.length).toBeGreaterThanOrEqual(10);
      for await (const id of made.ids()) {
        for await (const { bytes } of made.open(id).records()) expect(bytes).toBeLessThan(300_000);
      }
      expect(await drained(pages.all(ITEMS))).toEqual(first);
      expect(first.items[7]).toBe("7".padEnd(ITEM_BYTES));
      expect(stats()).toMatchObject({ misses: 1, hits: 1, errors: 0 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("of many small items is recorded in chunks, too", async () => {
    let runs = 0;
    @cacheable({ id: "many small items" })
    class Small {
      @cached() async *all(): AsyncGenerator<number> {
        runs += 1;
        for (let at = 0; at < 5000; at += 1) yield at;
      }
    }
    const expected = Array.from({ length: 5000 }, (_, at) => at);
    expect((await drained(new Small().all())).items).toEqual(expected);
    expect((await drained(new Small().all())).items).toEqual(expected);
    expect([...(await chunks(backend)).values()][0]).toHaveLength(4);
    expect(runs).toBe(1);
  });

  test("is read back from the chunks by who comes late, while it goes on", async () => {
    const pages = new Pages();
    const fast = pages.all(ITEMS);
    for (let at = 0; at < ITEMS - 1; at += 1) await fast.next();
    const late = drained(pages.all(ITEMS));
    expect((await late).items).toHaveLength(ITEMS);
    expect((await drained(fast)).items).toHaveLength(1);
    expect(stats()).toMatchObject({ misses: 1, hits: 1 });
  });

  test("that is left leaves no chunk", async () => {
    const all = new Pages().all(ITEMS);
    for (let at = 0; at < 40; at += 1) await all.next();
    expect((await chunks(backend)).size).toBe(1);
    await all.return("");
    expect(await chunks(backend)).toEqual(new Map());
  });

  test("takes its chunks along when it is invalidated, replaced or cleared", async () => {
    const pages = new Pages();
    const memo = memoOf(pages, "all");
    await drained(pages.all(ITEMS));
    const [before] = (await chunks(backend)).keys();
    await drained(memo.refresh(ITEMS));
    const [after, ...others] = (await chunks(backend)).keys();
    expect(after).not.toBe(before);
    expect(others).toEqual([]);
    await memo.invalidate(ITEMS);
    expect(await chunks(backend)).toEqual(new Map());
    await drained(pages.all(ITEMS));
    await drained(pages.all(ITEMS + 1));
    expect((await chunks(backend)).size).toBe(2);
    await memoOf(Pages, "all").clear();
    expect(await chunks(backend)).toEqual(new Map());
  });

  test("expires with its chunks", async () => {
    const clock = new ManualClock();
    backend = memory({ clock });
    configure({ backend, clock });
    await drained(new Pages().passing());
    clock.advance(3_600_000 - 1);
    await drained(new Pages().passing());
    expect(stats()).toMatchObject({ misses: 1, hits: 1 });
    clock.advance(1);
    expect(await memoOf(new Pages(), "passing").has()).toBe(false);
    clock.advance(86_400_000);
    expect(await chunks(backend)).toEqual(new Map());
  });

  test("sweeps what a run that died has left", async () => {
    const pages = new Pages();
    await drained(pages.all(ITEMS));
    const [whole] = (await chunks(backend)).keys();
    for await (const id of backend.ids()) {
      if (id.startsWith(CHUNKS)) {
        await backend.open<string[], unknown>(id).set(["a call", "a dead run", "0"], "left over");
      }
    }
    expect((await chunks(backend)).size).toBe(2);
    // A process sweeps with the first long stream that it records.
    configure({ backend });
    await drained(pages.all(ITEMS + 1));
    const runs = [...(await chunks(backend)).keys()];
    expect(runs).toHaveLength(2);
    expect(runs).toContain(whole);
    expect(runs).not.toContain("a dead run");
  });
});

describe("a recording of which a part is lost", () => {
  test("is recorded anew when nothing of it was given yet", async () => {
    const pages = new Pages();
    await drained(pages.all(ITEMS));
    await lose(0);
    expect((await drained(pages.all(ITEMS))).items).toHaveLength(ITEMS);
    expect(stats().misses).toBe(2);
    await drained(pages.all(ITEMS));
    expect(stats().misses).toBe(2);
    expect((await chunks(backend)).size).toBe(1);
  });

  test("goes on with a new run after the items that were given", async () => {
    const pages = new Pages();
    const whole = await drained(pages.all(ITEMS));
    await lose(3);
    expect(await drained(pages.all(ITEMS))).toEqual(whole);
    expect(stats().misses).toBe(2);
    await drained(pages.all(ITEMS));
    expect(stats().misses).toBe(2);
  });

  test("is a miss when its items cannot be read any more, which is reported", async () => {
    const errors: string[] = [];
    configure({ onError: (_error, { operation }) => errors.push(operation) });
    let isReadable = true;
    const inner = structured();
    const codec: ValueCodec = {
      name: "moody",
      encode: (value, context) => inner.encode(value, context),
      decode: (bytes, context) => {
        const value = inner.decode(bytes, context);
        if (!isReadable && typeof value === "string") throw new Error("unreadable");
        return value;
      },
    };
    @cacheable({ id: "moody", backend: memory({ codec }) })
    class Moody {
      @cached() async *all(): AsyncGenerator<string | number> {
        const first = stats().misses === 1 ? "one" : 1;
        yield first;
        yield 2;
      }
    }
    expect((await drained(new Moody().all())).items).toEqual(["one", 2]);
    isReadable = false;
    expect((await drained(new Moody().all())).items).toEqual([1, 2]);
    expect(errors).toEqual(["read"]);
    expect((await drained(new Moody().all())).items).toEqual([1, 2]);
    expect(stats().misses).toBe(2);
  });

  test("does not go on with other items than were given", async () => {
    const pages = new Pages();
    await drained(pages.shifting(ITEMS));
    await lose(3);
    changed = " changed";
    const items: string[] = [];
    const read = async (): Promise<void> => {
      for await (const item of pages.shifting(ITEMS)) items.push(item.trimEnd());
    };
    await expect(read()).rejects.toHaveProperty("code", "ERR_STREAM_CHANGED");
    expect(items.length).toBeGreaterThan(0);
    expect(items.every((item, at) => item === `${at}`)).toBe(true);
    expect((await drained(pages.shifting(ITEMS))).items[0]?.trimEnd()).toBe("0 changed");
  });

  test("is no answer of peek, which says so", async () => {
    const pages = new Pages();
    await drained(pages.all(ITEMS));
    await lose(3);
    const peeked = await memoOf(pages, "all").peek(ITEMS);
    await expect(drained(peeked as AsyncGenerator)).rejects.toHaveProperty("code", "ERR_DAMAGED");
    expect(stats().misses).toBe(1);
  });

  test("is left by its live run's slow consumer for a run that goes on", async () => {
    const pages = new Pages();
    const slow = pages.all(ITEMS);
    const { value } = await slow.next();
    expect(value).toBe("0".padEnd(ITEM_BYTES));
    const fast = pages.all(ITEMS);
    for (let at = 0; at < 40; at += 1) await fast.next();
    await lose(2);
    expect((await drained(slow)).items).toHaveLength(ITEMS - 1);
    expect((await drained(fast)).items).toHaveLength(ITEMS - 40);
    await settled();
    expect(stats().errors).toBe(0);
  });
});
