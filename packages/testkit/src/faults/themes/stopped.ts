import { setTimeout as sleep } from "node:timers/promises";
import type { MutableMapping } from "@class-cache/mapping";
import { CacheError } from "@class-cache/mapping";
import type { Call } from "../../processes/calls.ts";
import { contradictions } from "../../processes/linearizable.ts";
import { machineTime } from "../../processes/machine-time.ts";
import type { MarkedValue } from "../../processes/marked-value.ts";
import { markedValue, markOf } from "../../processes/marked-value.ts";
import { readKeys } from "../../processes/read-keys.ts";
import { startWorkers, WorkerProcess } from "../../processes/worker-process.ts";
import { takesWrites } from "../../themes/crashes.ts";
import { isSettledAfter, within } from "../../within.ts";
import type { World } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";
import type { Plan } from "../plan.ts";

const WORKERS = 3;
const KEYS = 20;

/** Longer than any store waits for a process that does not answer. */
const LONG_STOP_MS = 13_000;

type Marked = MutableMapping<string, MarkedValue>;

/** Processes are stopped (SIGSTOP) whatever they are at, and go on later as if nothing had been. */
export const stopped: FaultTheme = {
  name: "stopped",
  cases: [
    {
      name: "a lease whose holder is stopped is not granted to another, and others are",
      needs: ["processes"],
      async run(world) {
        const name = world.id("name");
        const holder = new WorkerProcess(world);
        world.check.equal(await holder.ask("lease", name), true);
        holder.signal("SIGSTOP");
        const backend = world.sharedBackend();
        const waiter = backend.lease(name);
        world.check.equal(await isSettledAfter(waiter, 300), false, "the lease was granted twice");
        const impatient = new WorkerProcess(world);
        world.check.equal(await impatient.ask("lease", name, 200), false);
        await (await within(backend.lease(world.id("another")), "another lease")).release();
        const released = holder.ask("release", name);
        holder.signal("SIGCONT");
        await released;
        await (await within(waiter, "the lease")).release();
      },
    },
    {
      name: "processes that are stopped for moments at anything leave all calls answered and right",
      needs: ["processes"],
      seconds: 120,
      run: (world, plan) => stopAgainAndAgain(world, plan, plan.pick(6, 300), 250),
    },
    {
      name: "while a process is stopped for long the others are answered or refused with a coded error",
      needs: ["processes"],
      seconds: 120,
      run: (world, plan) => stopAgainAndAgain(world, plan, plan.pick(1, 20), LONG_STOP_MS),
    },
  ],
};

async function stopAgainAndAgain(
  world: World,
  plan: Plan,
  rounds: number,
  milliseconds: number,
): Promise<void> {
  const id = world.id(`stopped for ${milliseconds}`);
  const random = plan.random(id.slice(0, 20));
  const mapping: Marked = world.sharedBackend().open(id);
  const workers = startWorkers(world, WORKERS);
  const shares = { set: 8, get: 6, delete: 3, setMany: 1, prune: 1 };
  const works = workers.map((worker, number) => {
    const load = { id, writer: `w${number}`, seed: random(2 ** 31), keys: KEYS, shares };
    return worker.ask("work", { ...load, toleratesRefusals: true });
  });
  const calls: Call[] = [];
  while (workers.some(({ told }) => told < 6)) await Promise.race([sleep(5), ...works]);
  for (let round = 0; round < rounds; round += 1) {
    const victim = workers[random(WORKERS)];
    await sleep(random(30));
    victim?.signal("SIGSTOP");
    const made = Promise.all([0, 1, 2].map((lane) => call(mapping, calls, `p${round}.${lane}`)));
    try {
      await Promise.race([made, sleep(milliseconds, undefined, { ref: false })]);
      if (milliseconds === LONG_STOP_MS) await within(made, "an answer or a refusal");
    } finally {
      victim?.signal("SIGCONT");
    }
    await made;
  }
  for (const worker of workers) await worker.ask("stop");
  await Promise.all(works);
  calls.push(...workers.flatMap((worker) => worker.calls()).filter(({ key }) => key !== "prune"));
  calls.push(...(await readKeys(world.sharedBackend(), id, KEYS)));
  world.check.equal(contradictions(calls), []);
  await takesWrites(world, id);
}

/** Writes and reads, and notes what came of it. What is refused may have taken effect. */
async function call(mapping: Marked, calls: Call[], mark: string): Promise<void> {
  const key = String(Number(mark.slice(1).replace(".", "")) % KEYS);
  const note = async (action: "get" | "set", use: () => Promise<string | null>): Promise<void> => {
    const begin = machineTime();
    const made = { action, key, mark: action === "set" ? mark : null, begin };
    try {
      const outcome = await use();
      calls.push({ ...made, end: machineTime(), outcome });
    } catch (error) {
      if (!(error instanceof CacheError)) throw error;
      calls.push({ ...made, end: Infinity, outcome: null });
    }
  };
  // At once: each may wait for as long as the store has patience.
  await Promise.all([
    note("get", async () => markOf(await mapping.get(key))),
    note("set", async () => {
      await mapping.set(key, markedValue(mark));
      return null;
    }),
  ]);
}
