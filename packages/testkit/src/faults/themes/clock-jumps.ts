import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "@class-cache/mapping";
import { ManualClock } from "@class-cache/mapping";
import { isSettledAfter, within } from "../../within.ts";
import type { World } from "../../world.ts";
import { all } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000;
const JUMPS = [TEN_YEARS_MS, -TEN_YEARS_MS] as const;

/** Clocks are set ten years forward and back, and differ by as much among processes. */
export const clockJumps: FaultTheme = {
  name: "clock jumps",
  cases: [
    {
      name: "what has no end outlives every jump, and the last write counts whatever the clock says",
      needs: ["options"],
      async run(world) {
        const { check, time } = world;
        const mapping = world.mapping<string, number>();
        await mapping.set("steady", 0);
        for (const [round, jump] of [...JUMPS, ...JUMPS.toReversed()].entries()) {
          await mapping.set("changing", round);
          await mapping.set("deleted", round);
          await time.pass(jump);
          check.equal(await mapping.get("steady"), 0);
          check.equal(await mapping.get("changing"), round);
          await mapping.set("changing", -round - 1);
          check.equal(await mapping.get("changing"), -round - 1);
          check.equal(await mapping.setDefault("changing", 99), -round - 1);
          check.equal(await mapping.delete("deleted"), true);
          check.equal(await mapping.has("deleted"), false);
          await mapping.prune();
          check.equal(await mapping.size(), 2);
          const expected = Object.entries({ steady: 0, changing: -round - 1 });
          check.sameMembers(await all(mapping), expected);
        }
      },
    },
    {
      name: "an entry expires at its time by the clock as it is, and is never another's afterwards",
      needs: ["options"],
      async run(world) {
        const { check, time } = world;
        const mapping = world.mapping<string, string>();
        await mapping.set("brief", "first", { expiresAt: time.now() + 1000 });
        await time.pass(TEN_YEARS_MS);
        check.equal(await mapping.get("brief"), undefined);
        check.equal(await mapping.size(), 0);
        await mapping.set("brief", "second", { expiresAt: time.now() + 1000 });
        await time.pass(-TEN_YEARS_MS);
        check.equal(await mapping.get("brief"), "second");
        check.equal((await mapping.prune()).entries, 1);
        await mapping.set("brief", "third", { expiresAt: time.now() + 1000 });
        check.equal(await mapping.get("brief"), "third");
        await time.pass(1000);
        check.equal(await mapping.get("brief"), undefined);
        await mapping.prune();
        check.equal(await mapping.size(), 0);
        await time.pass(TEN_YEARS_MS);
        check.equal(await mapping.setDefault("brief", "fourth"), "fourth");
      },
    },
    {
      name: "a store with limits keeps to them over every jump, and does not turn new entries away",
      needs: ["options"],
      async run(world) {
        const { check, time } = world;
        const mapping = world.mapping<number, string>({ maxEntries: 10 });
        for (const [round, jump] of [0, ...JUMPS, ...JUMPS.toReversed()].entries()) {
          await time.pass(jump);
          for (let key = 0; key < 30; key += 1) {
            await mapping.set(key, `${round} ${key}`);
            const found = await mapping.get(key);
            check.ok(found === undefined || found === `${round} ${key}`, `${key} holds ${found}`);
          }
          check.ok((await mapping.size()) <= 10, "the limit is kept");
          const values = await all(mapping.values());
          check.ok(
            values.some((value) => value.startsWith(`${round} `)),
            "there are new entries",
          );
        }
      },
    },
    {
      name: "prune() by age leaves what a clock that was ahead has written",
      needs: ["options"],
      async run(world) {
        const { check, time } = world;
        const mapping = world.mapping<string, number>();
        await time.pass(TEN_YEARS_MS);
        await mapping.set("ahead", 1);
        await time.pass(-TEN_YEARS_MS);
        await mapping.set("now", 2);
        await mapping.prune({ maxAge: 1000 });
        check.equal([await mapping.get("ahead"), await mapping.get("now")], [1, 2]);
        await time.pass(2000);
        await mapping.prune({ maxAge: 1000 });
        check.equal(await mapping.get("now"), undefined);
      },
    },
    {
      name: "backends whose clocks are ten years apart see each other's writes, and hold leases in turn",
      needs: ["options", "sharedAccess"],
      async run(world) {
        const { check } = world;
        const id = world.id("apart");
        const name = world.id("name");
        const [one, other] = [at(world, Date.now()), at(world, Date.now() + TEN_YEARS_MS)];
        const [mine, theirs] = [one.open<string, number>(id), other.open<string, number>(id)];
        for (let round = 0; round < 3; round += 1) {
          for (const [writer, reader, backend, waiting] of [
            [mine, theirs, one, other],
            [theirs, mine, other, one],
          ] as const) {
            await writer.set("key", round);
            check.equal(await reader.get("key"), round);
            await reader.set("key", -round - 1);
            check.equal(await writer.get("key"), -round - 1);
            await reader.prune();
            check.equal(await writer.size(), 1);
            check.equal(await writer.delete("key"), true);
            check.equal(await reader.has("key"), false);
            const held = await backend.lease(name);
            const waiter = waiting.lease(name);
            check.equal(await isSettledAfter(waiter, 50), false, "the lease was granted twice");
            await held.release();
            await (await within(waiter, "the lease")).release();
            await sleep(1);
          }
        }
      },
    },
  ],
};

/** A backend on a case's store that goes by a clock of its own. */
function at(world: World, milliseconds: number): Backend {
  const clock = new ManualClock(milliseconds);
  const backend = world.options.backend({ folder: world.folder, clock });
  world.atEnd(() => backend.close());
  return backend;
}
