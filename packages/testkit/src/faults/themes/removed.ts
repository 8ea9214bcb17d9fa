import { mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lease, MutableMapping } from "@class-cache/mapping";
import { CacheError } from "@class-cache/mapping";
import { isSettledAfter, within } from "../../within.ts";
import type { World } from "../../world.ts";
import { all } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";

type Texts = MutableMapping<string, string>;

/** A store looks now and then whether it is still in its place. What is written until then may go with it. */
const NOTICE_MS = 120;

const LARGE = "large ".repeat(10_000);

/** The folder of a store is removed while it is open. */
export const removed: FaultTheme = {
  name: "removed",
  cases: [
    {
      name: "a store whose folder is removed reads as empty or says so, and takes writes again",
      needs: ["damage"],
      run: (world, plan) => removeAgainAndAgain(world, plan.pick(3, 30), removeFolder),
    },
    {
      name: "a store whose folder is emptied reads as empty or says so, and takes writes again",
      needs: ["damage"],
      run: (world, plan) => removeAgainAndAgain(world, plan.pick(3, 30), emptyFolder),
    },
    {
      name: "two backends whose folder is removed come to have one store again",
      needs: ["damage", "sharedAccess"],
      async run(world, plan) {
        const id = world.id("shared");
        const one = world.backend().open<string, string>(id);
        const other = world.backend().open<string, string>(id);
        for (let round = 0; round < plan.pick(3, 30); round += 1) {
          await untilDone("a write", () => one.set("before", "by the one"));
          await untilRight("both see it", () => other.get("before"), "by the one");
          removeFolder(world.folder);
          await sleep(NOTICE_MS);
          await untilDone("a write", () => other.set("after", `by the other ${round}`));
          await untilRight("both see it", () => one.get("after"), `by the other ${round}`);
        }
      },
    },
    {
      name: "a lease that was granted after the folder was removed excludes every backend",
      needs: ["damage", "sharedAccess"],
      async run(world) {
        const name = world.id("name");
        const [one, other] = [world.backend(), world.backend()];
        for (const [first, second] of [
          [one, other],
          [other, one],
        ] as const) {
          for (const backend of [one, other]) {
            await untilDone("a lease", async () => (await backend.lease(name)).release());
          }
          removeFolder(world.folder);
          await sleep(NOTICE_MS);
          let held: Lease | undefined;
          await untilDone("a lease", async () => (held = await first.lease(name)));
          const waiter = second.lease(name);
          world.check.equal(await isSettledAfter(waiter, 200), false, "it was granted twice");
          await held?.release();
          await (await within(waiter, "the lease")).release();
        }
      },
    },
    {
      name: "a folder that is removed amid writes costs what was written, and no more",
      needs: ["damage"],
      async run(world, plan) {
        const mapping = world.backend().open<string, string>(world.id("amid writes"));
        const random = plan.random("amid writes");
        for (let round = 0; round < plan.pick(3, 30); round += 1) {
          const writes = Array.from({ length: 40 }, async (_, number) => {
            await sleep(random(20));
            await coded(() => mapping.set(`key ${number}`, number % 9 === 0 ? LARGE : `${round}`));
          });
          await sleep(random(20));
          removeFolder(world.folder);
          await Promise.all(writes);
          await sleep(NOTICE_MS);
          await untilDone("a write", () => mapping.set("key 1", "again"));
          await untilRight("what was written", () => mapping.get("key 1"), "again");
        }
      },
    },
  ],
};

async function removeAgainAndAgain(
  world: World,
  rounds: number,
  remove: (folder: string) => void,
): Promise<void> {
  const backend = world.backend();
  const mapping = backend.open<string, string>(world.id("removed"));
  for (let round = 0; round < rounds; round += 1) {
    await untilDone("a write", () => mapping.set("small", `round ${round}`));
    await untilDone("a write", () => mapping.set("large", `${round} ${LARGE}`));
    remove(world.folder);
    await readsNothingElse(world, mapping, `round ${round}`);
    await sleep(NOTICE_MS);
    await untilDone("a write", () => mapping.set("new", `round ${round}`));
    world.check.equal(await mapping.get("new"), `round ${round}`);
    // Who comes now finds what was written after the removal.
    const newcomer = world.backend();
    const found = newcomer.open<string, string>(mapping.id);
    await untilRight("what was written", () => found.get("new"), `round ${round}`);
    await newcomer.close();
    await untilDone("a lease", async () => (await backend.lease(world.id("name"))).release());
  }
}

/** An engine that has the files open may go on to read them: the values are right. */
async function readsNothingElse(world: World, mapping: Texts, small: string): Promise<void> {
  const found = await coded(() => mapping.get("small"));
  world.check.ok(found === undefined || found === small, `read ${found} for ${small}`);
  await coded(() => mapping.get("large"));
  await coded(() => mapping.has("small"));
  await coded(() => mapping.size());
  await coded(() => all(mapping.entries()));
}

/** The outcome of a use that may be refused with a coded error; undefined then. */
async function coded<T>(use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await within(use(), "an answer");
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    return undefined;
  }
}

/** A use is refused for a moment at most. */
function untilDone(what: string, use: () => Promise<unknown>): Promise<void> {
  return until(what, async () => {
    let isDone = false;
    await coded(async () => {
      await use();
      isDone = true;
    });
    return isDone;
  });
}

function untilRight(what: string, read: () => Promise<unknown>, expected: string): Promise<void> {
  return until(what, async () => (await coded(read)) === expected);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const stop = { isOver: false };
  const trying = async (): Promise<void> => {
    while (!stop.isOver && !(await holds())) await sleep(5);
  };
  try {
    await within(trying(), what);
  } finally {
    stop.isOver = true;
  }
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function emptyFolder(folder: string): void {
  removeFolder(folder);
  mkdirSync(folder, { recursive: true });
}
