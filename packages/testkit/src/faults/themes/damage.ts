import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Harm } from "../../damage/every-injury.ts";
import { StoreFiles } from "../../damage/store-files.ts";
import type { Size, Trial } from "../../damage/trial.ts";
import { fill, Trials } from "../../damage/trial.ts";
import { messageOf } from "../../message-of.ts";
import { WorkerProcess } from "../../processes/worker-process.ts";
import type { World } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";
import type { Plan } from "../plan.ts";

/** Injuries that a process tries before it is given others. */
const BATCH = 100;

/** Files of a closed store of which a part is lost, or one bit is another. */
export const damage: FaultTheme = {
  name: "damage",
  cases: (["small", "large"] as const).flatMap((size) => [
    {
      name: `a ${size} store cut to any length gives right values or reported misses`,
      needs: ["damage"],
      seconds: 180,
      run: (world, plan) => endure(world, plan, size, "cuts", Number.MAX_SAFE_INTEGER),
    },
    {
      name: `a ${size} store with any bit flipped gives right values or reported misses, and loses little`,
      needs: ["damage"],
      seconds: 180,
      run: (world, plan) => endure(world, plan, size, "flips", plan.flipCosts),
    },
  ]),
};

async function endure(
  world: World,
  plan: Plan,
  size: Size,
  harm: Harm,
  mostLost: number,
): Promise<void> {
  const id = world.id("damaged");
  const saved = join(world.root, "saved");
  const backend = world.sharedBackend();
  await fill(backend, id, size);
  await backend.close();
  StoreFiles.copyOf(world.folder, saved);
  const wanted = Number(process.env.CLASS_CACHE_INJURIES ?? Number.MAX_SAFE_INTEGER);
  const most = size === "small" ? plan.pick(80, wanted) : plan.pick(20, Math.min(4000, wanted));
  const seed = plan.random(`${size} ${harm}`)(2 ** 31);
  const trial = { id, size, saved, harm, most, seed, mostLost };
  const make = (): ReturnType<typeof world.options.backend> =>
    world.options.backend({ folder: world.folder });
  const trials = new Trials(trial, make, world.folder);
  const isSideBySide = plan.isLong && typeof world.options.processes === "object";
  if (isSideBySide) await trySideBySide(world, trial, trials.count);
  else await trials.try(0, trials.count);
}

/** Has processes try the injuries, each on a store of its own: an opening takes some milliseconds. */
async function trySideBySide(world: World, trial: Trial, count: number): Promise<void> {
  let next = 0;
  const tryOn = async (folder: string): Promise<void> => {
    const worker = new WorkerProcess(world, { folder });
    while (next < count) {
      const from = next;
      const to = Math.min(from + BATCH, count);
      next = to;
      try {
        await worker.ask("tryInjuries", folder, trial, from, to);
      } catch (cause) {
        next = count;
        const which = `injuries ${from} to ${to} of ${count}`;
        throw new Error(`${which}: ${messageOf(cause)}`, { cause });
      }
    }
    await worker.leave();
  };
  await Promise.all(
    Array.from({ length: availableParallelism() }, (_, number) =>
      tryOn(join(world.root, `tried ${number}`)),
    ),
  );
}
