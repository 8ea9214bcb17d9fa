import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";

const program = `
  import { structured } from "@class-cache/mapping";
  const codec = structured();
  const context = { id: "id", key: "key" };
  const make = {
    error: (n) => new TypeError("text " + n, { cause: new Error("why") }),
    url: (n) => new URL("https://example.com/" + n),
    regexp: (n) => ({ pattern: new RegExp("a" + n) }),
    map: (n) => new Map([[n, new Date(n)]]),
    object: (n) => ({ __proto__: null, n, big: 5n }),
  };
  const used = async () => {
    // What is native goes in a turn after the one in which it is found to be garbage.
    for (let round = 0; round < 3; round += 1) {
      globalThis.gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return process.memoryUsage().heapUsed;
  };
  for (const [name, of] of Object.entries(make)) {
    const bytes = await codec.encode(of(1), context);
    const read = async (times) => {
      for (let n = 0; n < times; n += 1) await codec.decode(bytes, context);
    };
    await read(2000);
    const before = await used();
    await read(10_000);
    console.log(name, Math.round(((await used()) - before) / 10_000));
  }
`;

test("nothing of a value that was read stays in memory, be it an error", () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--expose-gc",
      "--conditions=@class-cache/source",
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "--eval",
      program,
    ],
    { cwd: import.meta.dirname, encoding: "utf8" },
  );
  const bytes = new Map(
    stdout
      .trim()
      .split("\n")
      .map((line): [string, number] => {
        const [name = "", count] = line.split(" ");
        return [name, Number(count)];
      }),
  );
  expect(stderr).toBe("");
  expect(bytes.size).toBe(5);
  // An error that stayed, with its cause, took 3,480.
  expect(Array.from(bytes).filter(([, each]) => each > 100)).toEqual([]);
});
