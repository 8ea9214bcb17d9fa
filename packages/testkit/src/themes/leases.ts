import type { Backend, Lease } from "@class-cache/mapping";
import type { Case, Theme } from "../case.ts";
import { isSettledAfter, within } from "../within.ts";

const A_WHILE_MS = 30;

/** Waits for a lease, and not for ever. */
function granted(backend: Backend, name: string): Promise<Lease> {
  return within(backend.lease(name), `the lease ${JSON.stringify(name.slice(0, 40))}`);
}

const oddNames: readonly string[] = [
  "",
  ".",
  "..",
  "../x",
  "/etc/passwd",
  "a",
  "A",
  "a/b",
  "a\\b",
  "a\0b",
  "é",
  "e\u0301",
  "\ud800",
  "x".repeat(5000),
  `${"x".repeat(5000)}y`,
  "__proto__",
];

const notNames: readonly (readonly [string, unknown])[] = [
  ["a number", 7],
  ["undefined", undefined],
];

const refusals = notNames.map(([what, name]): Case => ({
  name: `${what} is no name of a lease`,
  async run(world) {
    const backend = world.backend();
    await world.check.refuses(() => backend.lease(name as string), "ERR_OPTION");
  },
}));

/** What leases promise within one process. */
export const leases: Theme = {
  name: "leases",
  cases: [
    {
      name: "a lease has the name that was asked for",
      async run(world) {
        const name = world.id("lease");
        const lease = await granted(world.backend(), name);
        world.check.equal(lease.name, name);
        await lease.release();
      },
    },
    {
      name: "a lease excludes others of its name until it is released",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        const first = await granted(backend, name);
        const second = granted(backend, name);
        world.check.equal(await isSettledAfter(second, A_WHILE_MS), false);
        await first.release();
        await (await second).release();
      },
    },
    {
      name: "a lease that was released can be had again",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        for (let round = 0; round < 20; round += 1) {
          await (await granted(backend, name)).release();
        }
      },
    },
    {
      name: "of many that wait each gets the lease, one at a time",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        let holders = 0;
        let done = 0;
        const work = async (): Promise<void> => {
          const lease = await granted(backend, name);
          holders += 1;
          world.check.equal(holders, 1, "two hold one lease");
          await new Promise((resolve) => setTimeout(resolve, 1));
          holders -= 1;
          done += 1;
          await lease.release();
        };
        await Promise.all(Array.from({ length: 25 }, work));
        world.check.equal(done, 25);
      },
    },
    {
      name: "a counter that is read and written under a lease loses nothing",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        const mapping = backend.open<string, number>(world.id("mapping"));
        const count = async (): Promise<void> => {
          const lease = await granted(backend, name);
          await mapping.set("count", ((await mapping.get("count")) ?? 0) + 1);
          await lease.release();
        };
        await Promise.all(Array.from({ length: 25 }, count));
        world.check.equal(await mapping.get("count"), 25);
      },
    },
    {
      name: "leases of different names do not wait for each other",
      async run(world) {
        const backend = world.backend();
        const names = ["one", "other", "third"].map((name) => world.id(name));
        const held = await Promise.all(names.map((name) => granted(backend, name)));
        for (const lease of held) await lease.release();
      },
    },
    {
      name: "any string is a name, and no two are one lease",
      async run(world) {
        const backend = world.backend();
        const held: Lease[] = [];
        for (const name of oddNames) {
          const lease = await granted(backend, name);
          world.check.equal(lease.name, name);
          held.push(lease);
        }
        for (const lease of held) await lease.release();
        for (const name of oddNames) await (await granted(backend, name)).release();
      },
    },
    {
      name: "a lease has nothing to do with the mapping of its name",
      async run(world) {
        const backend = world.backend();
        const name = world.id("name");
        const lease = await granted(backend, name);
        const mapping = backend.open(name);
        await within(mapping.set("a", 1), "a write beside a lease");
        world.check.equal(await mapping.get("a"), 1);
        await backend.drop(name);
        const second = granted(backend, name);
        world.check.equal(await isSettledAfter(second, A_WHILE_MS), false);
        await lease.release();
        await (await second).release();
      },
    },
    ...refusals,
    {
      name: "releasing twice does nothing, and gives no one else's lease away",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        const first = await granted(backend, name);
        await first.release();
        await first.release();
        const second = await granted(backend, name);
        await first.release();
        await first[Symbol.asyncDispose]();
        const third = granted(backend, name);
        world.check.equal(await isSettledAfter(third, A_WHILE_MS), false);
        await second.release();
        await (await third).release();
      },
    },
    {
      name: "disposing of a lease releases it",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        const first = await granted(backend, name);
        await first[Symbol.asyncDispose]();
        await (await granted(backend, name)).release();
      },
    },
    {
      name: "an abort ends the wait for a lease with its reason",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        const held = await granted(backend, name);
        const controller = new AbortController();
        const reason = Object.assign(new Error("enough"), { code: "ENOUGH" });
        const waiting = within(backend.lease(name, controller), "the end of the wait");
        controller.abort(reason);
        await world.check.refuses(() => waiting, "ENOUGH");
        await held.release();
      },
    },
    {
      name: "a signal that has aborted already asks for no lease",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        const reason = Object.assign(new Error("before"), { code: "BEFORE" });
        const signal = AbortSignal.abort(reason);
        const lease = (): Promise<Lease> => within(backend.lease(name, { signal }), "an answer");
        await world.check.refuses(lease, "BEFORE");
        await (await granted(backend, name)).release();
      },
    },
    {
      name: "an abort ends one wait and no other",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        const held = await granted(backend, name);
        const controller = new AbortController();
        const before = granted(backend, name);
        const aborted = within(backend.lease(name, controller), "the end of the wait");
        const after = granted(backend, name);
        controller.abort(Object.assign(new Error("enough"), { code: "ENOUGH" }));
        await world.check.refuses(() => aborted, "ENOUGH");
        world.check.equal(await isSettledAfter(Promise.race([before, after]), A_WHILE_MS), false);
        await held.release();
        const release = async (waiting: Promise<Lease>): Promise<void> => (await waiting).release();
        await Promise.all([release(before), release(after)]);
        await (await granted(backend, name)).release();
      },
    },
    {
      name: "an abort after the lease was granted does not take it",
      async run(world) {
        const backend = world.backend();
        const name = world.id("lease");
        const controller = new AbortController();
        const lease = await within(backend.lease(name, controller), "the lease");
        controller.abort();
        const second = granted(backend, name);
        world.check.equal(await isSettledAfter(second, A_WHILE_MS), false);
        await lease.release();
        await (await second).release();
      },
    },
    {
      name: "a backend closes while its leases are held",
      async run(world) {
        const backend = world.backend();
        const lease = await granted(backend, world.id("lease"));
        await within(backend.close(), "the end of close()");
        await lease.release();
      },
    },
    {
      name: "two backends of one store exclude each other",
      needs: ["reopens", "sharedAccess"],
      async run(world) {
        const [one, other] = [world.backend(), world.backend()];
        const name = world.id("lease");
        const first = await granted(one, name);
        const second = granted(other, name);
        world.check.equal(await isSettledAfter(second, A_WHILE_MS), false);
        await first.release();
        await (await second).release();
      },
    },
    {
      name: "closing a backend gives back the leases that it held",
      needs: ["reopens", "sharedAccess"],
      async run(world) {
        const [one, other] = [world.backend(), world.backend()];
        const name = world.id("lease");
        await granted(one, name);
        const second = granted(other, name);
        await one.close();
        await (await second).release();
      },
    },
  ],
};
