import { describe, expect, jest, test } from "@jest/globals";
import type { Backend, InspectionProgress } from "@class-cache/mapping";
import { DamagedError, memory, repair, verify } from "@class-cache/mapping";

async function filled(): Promise<Backend> {
  const backend = memory();
  await backend.open("first").setMany([
    ["a", "value of a"],
    [["b", 2], { deep: [1, 2, 3] }],
    ["gone", 1],
  ]);
  await backend.open("first").delete("gone");
  await backend.open("second").set("c", new Uint8Array(1000));
  return backend;
}

/** As long as an inspection may keep the event loop from turning. */
function keepBusy(): void {
  const end = performance.now() + 10;
  while (performance.now() < end);
}

describe("verify", () => {
  test("tells what a sound backend holds, mapping by mapping, and no damage", async () => {
    await using backend = await filled();
    const report = await verify(backend);
    expect(report).toMatchObject({ entries: 3, damages: [] });
    expect(report.mappings.map(({ id, entries }) => [id, entries])).toEqual([
      ["first", 2],
      ["second", 1],
    ]);
    const bytes = report.mappings.reduce((sum, mapping) => sum + mapping.bytes, 0);
    expect(report.bytes).toBe(bytes);
    expect(bytes).toBeGreaterThan(1000);
  });

  test("looks at the mappings asked for alone", async () => {
    await using backend = await filled();
    const { mappings } = await verify(backend, { ids: ["second"] });
    expect(mappings.map(({ id }) => id)).toEqual(["second"]);
  });

  test("tells its progress, which never falls and ends with all", async () => {
    await using backend = await filled();
    await backend
      .open("first")
      .setMany(
        Array.from({ length: 40 }, (_, n): [string, Uint8Array] => [
          `${n}`,
          new Uint8Array(50_000),
        ]),
      );
    const seen: InspectionProgress[] = [];
    await verify(backend, { onProgress: async (progress) => void seen.push(progress) });
    expect(seen.length).toBeGreaterThan(4);
    for (const [index, { done, total }] of seen.entries()) {
      expect(done).toBeGreaterThanOrEqual(seen[index - 1]?.done ?? 0);
      expect(done).toBeLessThanOrEqual(total);
    }
    expect(seen.at(-1)).toMatchObject({ entries: 43, damages: 0 });
    expect(seen.at(-1)?.done).toBe(seen.at(-1)?.total);
  });

  test("stops by its signal, and by what onProgress throws", async () => {
    await using backend = await filled();
    const reason = new Error("enough");
    await expect(verify(backend, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort(reason);
    await expect(verify(backend, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    for (const thrown of [reason, new DamagedError("Another store")]) {
      const throwing = jest.fn<() => void>().mockImplementationOnce(() => {
        throw thrown;
      });
      await backend.open("first").set("large", new Uint8Array(300_000));
      await expect(repair(backend, { onProgress: throwing })).rejects.toBe(thrown);
    }
  });

  test("gives the event loop its turns, in which a signal may come to stop it", async () => {
    await using backend = await filled();
    const values = Array.from({ length: 20 }, (_, n): [number, Uint8Array] => [
      n,
      new Uint8Array(300_000),
    ]);
    await backend.open<number, Uint8Array>("first").setMany(values);
    for (const inspect of [verify, repair]) {
      const fired = jest.fn();
      const timer = setInterval(fired, 1);
      await inspect(backend, { onProgress: keepBusy });
      clearInterval(timer);
      expect(fired.mock.calls.length).toBeGreaterThan(5);
      const stopped = inspect(backend, { onProgress: keepBusy, signal: AbortSignal.timeout(5) });
      await expect(stopped).rejects.toMatchObject({ name: "TimeoutError" });
    }
  });

  test("refuses what is no backend, and options of another form", async () => {
    await using backend = memory();
    const refused = { code: "ERR_OPTION" };
    await expect(verify({} as Backend)).rejects.toMatchObject(refused);
    await expect(verify(backend, { ids: "first" })).rejects.toMatchObject(refused);
    for (const id of [1, null, undefined, {}]) {
      const ids = new Set(["first", id as string]);
      const names = { ...refused, message: expect.stringContaining("verify.ids must be") };
      await expect(verify(backend, { ids })).rejects.toMatchObject(names);
    }
    for (const options of [null, 5, "first"]) {
      const names = { ...refused, message: expect.stringContaining("repair.options must be") };
      await expect(repair(backend, options as never)).rejects.toMatchObject(names);
    }
    await expect(verify(backend, undefined)).resolves.toMatchObject({ entries: 0 });
    await expect(repair(backend, { signal: 1 as never })).rejects.toMatchObject(refused);
    await expect(repair(backend, { onProgress: 1 as never })).rejects.toMatchObject(refused);
    await backend.close();
    await expect(verify(backend)).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});
