import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "../../processes/calls.ts";
import { contradictions } from "../../processes/linearizable.ts";
import { machineTime } from "../../processes/machine-time.ts";
import { readKeys } from "../../processes/read-keys.ts";
import { WorkerProcess } from "../../processes/worker-process.ts";
import type { Shares } from "../../processes/workload.ts";
import { LEASE, PRUNE } from "../../processes/workload.ts";
import { takesWrites } from "../../themes/crashes.ts";
import type { World } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";
import type { Plan } from "../plan.ts";

const WRITERS = 8;

/** Writers that take one another's place between two judgements of what all of them told. */
const LIVES = 2;

const KEYS = 40;

/** How long a writer is watched for the thing in the midst of which it is to be killed. */
const LONGEST_AIM_MS = 300;

const SHARES: Shares = { set: 16, get: 6, delete: 4, setMany: 2, clear: 1, prune: 1, lease: 3 };

/** When a writer is killed: at any moment, while it opens the store, or in the midst of something. */
const AIMS = ["any", "any", "opening", LEASE, PRUNE] as const;
type Aim = (typeof AIMS)[number];

/** A writer's life. */
interface Life {
  readonly calls: readonly Call[];
  /** Before it was killed, by the clock of the machine. */
  readonly killedAt: number;
}

/** Writers are killed again and again while others live. */
export const killLoops: FaultTheme = {
  name: "kill loops",
  cases: [
    {
      name: "8 writers that are killed all the time lose nothing that was acknowledged",
      needs: ["processes"],
      seconds: 180,
      run: killAgainAndAgain,
    },
  ],
};

async function killAgainAndAgain(world: World, plan: Plan): Promise<void> {
  const kills = plan.pick(WRITERS * LIVES, Number(process.env.CLASS_CACHE_KILLS ?? 800));
  for (let round = 0; round * WRITERS * LIVES < kills; round += 1) {
    // All on one store: whatever a death leaves behind is there in the rounds after it.
    const id = world.id(`killed ${round}`);
    const lives = await liveAndDie(world, plan, id, round);
    const calls = lives.flatMap((life) => life.calls);
    world.check.equal(lives.length, WRITERS * LIVES);
    world.check.equal(overlaps(lives), []);
    const begun = machineTime();
    const told = calls.filter(({ key }) => key !== LEASE && key !== PRUNE);
    const damages: unknown[] = [];
    const unsubscribe = onDamage((error) => damages.push(error));
    told.push(...(await readAll(world, id)));
    unsubscribe();
    // A death damages nothing: to take it for that would cost entries.
    world.check.equal(damages, []);
    world.check.equal(contradictions(told), []);
    const acknowledged = told.filter(({ end }) => end < begun).length;
    world.check.ok(acknowledged > lives.length, `${acknowledged} calls were acknowledged`);
    await takesWrites(world, id);
  }
}

/** @returns the lives of all writers of a round */
async function liveAndDie(world: World, plan: Plan, id: string, round: number): Promise<Life[]> {
  let isOver = false;
  const slots = Array.from({ length: WRITERS }, async (_, slot) => {
    const lives: Life[] = [];
    for (let life = 0; life < LIVES && !isOver; life += 1) {
      const writer = `${round}-${slot}-${life}`;
      const random = plan.random(writer);
      const worker = new WorkerProcess(world);
      const seed = random(2 ** 31);
      const working = worker.ask("work", { id, writer, seed, keys: KEYS, shares: SHARES });
      await until(worker, working, AIMS[random(AIMS.length)] ?? "any", random);
      const killedAt = machineTime();
      await worker.kill();
      lives.push({ calls: worker.calls(), killedAt });
    }
    return lives;
  });
  try {
    return (await Promise.all(slots)).flat();
  } finally {
    // When one of them fails, no life begins after the case.
    isOver = true;
    await Promise.allSettled(slots);
  }
}

/** Waits for the moment at which a writer is to be killed. */
async function until(
  worker: WorkerProcess,
  working: Promise<void>,
  aim: Aim,
  random: (bound: number) => number,
): Promise<void> {
  const turn = async (): Promise<void> => {
    await Promise.race([working, sleep(1)]);
  };
  const least = aim === "opening" ? 1 : 4 + random(40);
  while (worker.told < least) await turn();
  if (aim === "any") await sleep(random(5));
  if (aim !== LEASE && aim !== PRUNE) return;
  const patience = machineTime() + LONGEST_AIM_MS;
  while (!worker.isAt(aim) && machineTime() < patience) await turn();
}

/** @returns ends it */
function onDamage(tell: (error: unknown) => void): () => void {
  const listen = (message: unknown): void => {
    const { error } = message as { error: { code?: unknown } };
    if (error.code === "ERR_DAMAGED") tell(error);
  };
  subscribe("class-cache:error", listen);
  return () => unsubscribe("class-cache:error", listen);
}

async function readAll(world: World, id: string): Promise<Call[]> {
  const backend = world.sharedBackend();
  try {
    return await readKeys(backend, id, KEYS);
  } finally {
    await backend.close();
  }
}

/** Who dies holds a lease until then. @returns the times at which two held it */
function overlaps(lives: readonly Life[]): string[] {
  const holds = lives.flatMap(({ calls, killedAt }) =>
    calls
      .filter(({ key }) => key === LEASE)
      .map(({ begin, end }) => [begin, Math.min(end, killedAt)] as const),
  );
  holds.sort(([one], [other]) => one - other);
  return holds.flatMap(([from], at) => {
    const until = holds[at - 1]?.[1] ?? 0;
    return until <= from ? [] : [`two held the lease for ${until - from} ms`];
  });
}
