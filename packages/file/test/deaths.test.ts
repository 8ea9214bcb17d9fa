import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { Child } from "./child.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";

/** Values that a store holds before the deadly operation. */
const before = new Map<string, string>();
for (let index = 0; index < 12; index += 1) before.set(`old ${index}`, `v${index}`.repeat(20));
for (let index = 0; index < 6; index += 1) before.set(`large ${index}`, `v${index}`.repeat(20_000));

interface Scenario {
  readonly name: string;
  /** Keys that the operation writes or deletes itself. */
  readonly touches?: RegExp;
  /** Whether all the rest may be there or be gone, together. */
  readonly isAllOrNothing?: boolean;
  /** Deaths that a normal run tries at most, evenly spread over the steps. */
  readonly most?: number;
}

const scenarios: Scenario[] = [
  { name: "first", most: 6 },
  { name: "split", most: 12 },
  { name: "compaction", touches: /^overwritten$/, most: 6 },
  { name: "clear", isAllOrNothing: true, most: 10 },
  { name: "drop", isAllOrNothing: true, most: 6 },
  { name: "collection", touches: /^large [0-3]$/, most: 8 },
  { name: "large", most: 4 },
];

describe("a process that dies right before a step of", () => {
  async function checkStore(
    dir: string,
    { name, touches, isAllOrNothing }: Scenario,
    told: string[],
  ): Promise<void> {
    const acknowledged = told.filter((line) => line.startsWith("a ")).map((line) => line.slice(2));
    await using backend = fileBlocks({ dir, maxBlockBytes: 2000 });
    const mapping = backend.open<string, string>("mapping");
    const held = new Map<string, string>();
    for await (const [key, value] of mapping) held.set(key, value);
    expect(await mapping.size()).toBe(held.size);
    for (const key of acknowledged) expect(held.get(key)).toMatch(/^(new)+$/);
    const expected =
      name === "first" ? [] : [...before].filter(([key]) => touches?.test(key) !== true);
    const found = expected.filter(([key]) => held.has(key));
    for (const [key, value] of found) expect(held.get(key)).toBe(value);
    const isComplete = found.length === expected.length;
    expect(isComplete || (isAllOrNothing === true && held.size === 0)).toBe(true);

    for (const [key] of held) await mapping.set(key, "anew");
    await mapping.set("afterwards", "here");
    for (const [key] of held) expect(await mapping.get(key)).toBe("anew");
    expect(await mapping.get("afterwards")).toBe("here");
    expect(await mapping.size()).toBe(new Set([...held.keys(), "afterwards"]).size);
    await mapping.prune();
    for (const [key] of held) expect(await mapping.get(key)).toBe("anew");
    expect(filesIn(dir).filter((path) => path.endsWith(".tmp"))).toEqual([]);
    expect(readdirSync(dir).sort()).toEqual([
      "locks",
      expect.stringMatching(/^mapping-[0-9a-f]+$/),
    ]);
    expect(
      readdirSync(join(dir, readdirSync(dir).find((entry) => entry !== "locks") ?? "")),
    ).toHaveLength(2);
  }

  test.each(scenarios)("$name leaves the old or the new, and no leftovers", async (scenario) => {
    const parent = temporaryFolder();
    const original = join(parent, "original");
    if (scenario.name !== "first") {
      await using backend = fileBlocks({ dir: original, maxBlockBytes: 2000 });
      const mapping = backend.open<string, string>("mapping");
      for (const [key, value] of before) await mapping.set(key, value);
    }
    async function die(step: number): Promise<Child> {
      const dir = join(parent, `dead at ${step}`);
      if (scenario.name !== "first") cpSync(original, dir, { recursive: true });
      const child = new Child("die-at.ts", { dir, scenario: scenario.name, step });
      const end = await child.ended;
      if (end !== 0 && end !== "SIGKILL") throw new Error(child.errors);
      await checkStore(dir, scenario, child.lines);
      return child;
    }
    const whole = await die(0);
    const steps = Number(whole.lines.find((line) => line.startsWith("step "))?.slice(5));
    expect(steps).toBeGreaterThan(3);
    const stride = soak ? 1 : Math.max(1, steps / (scenario.most ?? steps));
    const deaths: number[] = [];
    for (let step = 1; step <= steps; step += stride) deaths.push(Math.floor(step));
    await Promise.all(
      [0, 1, 2].map(async (offset) => {
        for (let at = offset; at < deaths.length; at += 3) {
          const child = await die(deaths[at] ?? 1);
          expect(await child.ended).toBe("SIGKILL");
        }
      }),
    );
  });

  test("the removal of a dropped mapping leaves nothing once any other mapping is pruned", async () => {
    const dir = temporaryFolder();
    await using backend = fileBlocks({ dir, maxBlockBytes: 2000 });
    const other = backend.open<string, string>("other");
    await other.set("key", "value");
    const mapping = backend.open<string, string>("mapping");
    await mapping.set("key", "value");
    const total = await new Child("die-at.ts", { dir, scenario: "drop", step: 0 }).success();
    expect(total.at(-1)).toMatch(/^step \d+$/);
    await mapping.set("key", "value");
    const last = Number(total.at(-1)?.slice(5));
    expect(await new Child("die-at.ts", { dir, scenario: "drop", step: last }).ended).toBe(
      "SIGKILL",
    );
    expect(readdirSync(dir).filter((name) => name.includes(".dropped-"))).toHaveLength(1);
    expect(await other.prune()).toMatchObject({ entries: 1 });
    expect(readdirSync(dir).filter((name) => name.includes(".dropped-"))).toEqual([]);
    expect(await other.get("key")).toBe("value");
  });

  test("its first step in a mapping leaves nothing once any other mapping is pruned", async () => {
    const dir = temporaryFolder();
    await using backend = fileBlocks({ dir, maxBlockBytes: 2000 });
    const other = backend.open<string, string>("other");
    await other.set("key", "value");
    const before = readdirSync(dir);
    for (let step = 1; readdirSync(dir).length === before.length && step < 20; step += 1) {
      const child = new Child("die-at.ts", { dir, scenario: "first", step });
      expect(await child.ended).toBe("SIGKILL");
    }
    expect(readdirSync(dir)).toHaveLength(before.length + 1);
    expect(await other.prune()).toMatchObject({ entries: 1 });
    expect(readdirSync(dir).sort()).toEqual(before.sort());
    await backend.open<string, string>("mapping").set("key", "value");
    expect(await backend.open<string, string>("mapping").get("key")).toBe("value");
  });
});
