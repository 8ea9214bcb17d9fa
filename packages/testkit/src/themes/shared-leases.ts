import type { Lease } from "@class-cache/mapping";
import type { Theme } from "../case.ts";
import { startWorkers, WorkerProcess } from "../processes/worker-process.ts";
import { isSettledAfter, within } from "../within.ts";
import type { World } from "../world.ts";

/** How late a death may be noticed, in milliseconds. */
const TAKEOVER_MS = 2000;

/** What leases promise among processes. */
export const sharedLeases: Theme = {
  name: "leases among processes",
  cases: [
    {
      name: "one process at a time holds a name",
      needs: ["processes"],
      seconds: 60,
      async run(world) {
        const name = world.id("name");
        const turns = 15 * world.effort;
        const workers = startWorkers(world, 4);
        await Promise.all(workers.map((worker) => worker.ask("ready")));
        const held = await Promise.all(
          workers.map((worker) => worker.ask("takeTurns", name, turns)),
        );
        const holds = held.flat().toSorted(([one], [other]) => one - other);
        world.check.equal(holds.length, 4 * turns);
        for (const [at, [from]] of holds.entries()) {
          const until = holds[at - 1]?.[1] ?? 0;
          world.check.ok(until <= from, `two held it at once for ${until - from} ms`);
        }
      },
    },
    {
      name: "a lease that one process gives back goes to another that waits for it",
      needs: ["processes"],
      async run(world) {
        const name = world.id("name");
        const [holder, waiter] = await holderAndWaiter(world, name);
        await holder.ask("release", name);
        await (await within(waiter, "the lease")).release();
      },
    },
    {
      name: "different names are held by different processes at once",
      needs: ["processes"],
      async run(world) {
        const names = ["", "a", "A", "a/b", "a\\b", "..", "a\0", "n".repeat(3000)];
        const worker = new WorkerProcess(world);
        const backend = world.sharedBackend();
        const marked = names.map((name) => `${name}${world.id("")}`);
        for (const name of marked) {
          world.check.equal(await within(worker.ask("lease", `1${name}`), "a lease"), true);
          await within(backend.lease(`2${name}`), "a lease");
        }
        const signal = AbortSignal.timeout(100);
        const again = marked.map((name) => backend.lease(`1${name}`, { signal }));
        for (const { status } of await Promise.allSettled(again)) {
          world.check.equal(status, "rejected", "a name was held twice");
        }
      },
    },
    {
      name: "the death of its holder by SIGKILL gives a lease to who waits for it",
      needs: ["processes"],
      async run(world) {
        const name = world.id("name");
        for (let round = 0; round < 2; round += 1) {
          const [holder, waiter] = await holderAndWaiter(world, name);
          const killed = performance.now();
          await holder.kill();
          const lease = await within(waiter, "the lease of a process that was killed");
          const delay = performance.now() - killed;
          world.check.ok(delay < TAKEOVER_MS, `it took ${delay} ms`);
          await lease.release();
        }
      },
    },
    {
      name: "the exit of its holder gives a lease back that was not released",
      needs: ["processes"],
      async run(world) {
        const name = world.id("name");
        const [holder, waiter] = await holderAndWaiter(world, name);
        await holder.leave();
        await (await within(waiter, "the lease of a process that exited")).release();
      },
    },
    {
      name: "closing its backend gives a process's lease back",
      needs: ["processes"],
      async run(world) {
        const name = world.id("name");
        const [holder, waiter] = await holderAndWaiter(world, name);
        await holder.ask("close");
        await (await within(waiter, "the lease of a backend that was closed")).release();
      },
    },
    {
      name: "waiting for another process's lease can be given up, and is not granted later",
      needs: ["processes"],
      async run(world) {
        const name = world.id("name");
        const holder = new WorkerProcess(world);
        const waiter = new WorkerProcess(world);
        world.check.equal(await holder.ask("lease", name), true);
        world.check.equal(await within(waiter.ask("lease", name, 100), "giving up"), false);
        const stop = new AbortController();
        const reason = new Error("enough");
        const waiting = world.sharedBackend().lease(name, { signal: stop.signal });
        const refused = waiting.then(
          () => undefined,
          (error: unknown) => error,
        );
        stop.abort(reason);
        world.check.ok((await within(refused, "giving up")) === reason, "the reason is the error");
        await holder.ask("release", name);
        world.check.equal(await within(waiter.ask("lease", name), "the lease"), true);
        await waiter.ask("release", name);
        await (await within(world.sharedBackend().lease(name), "the lease")).release();
      },
    },
  ],
};

/** A process that holds a lease, and the wait of this process for it. */
async function holderAndWaiter(
  world: World,
  name: string,
): Promise<[holder: WorkerProcess, waiter: Promise<Lease>]> {
  const holder = new WorkerProcess(world);
  world.check.equal(await holder.ask("lease", name), true);
  const waiter = world.sharedBackend().lease(name);
  world.check.equal(await isSettledAfter(waiter, 60), false, "the lease was granted twice");
  return [holder, waiter];
}
