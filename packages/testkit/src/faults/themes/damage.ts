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

/** How the store was left: closed in order, or as its process was killed. */
type End = "closed" | "killed";

/** Files of a store of which a part is lost, or one bit is another. */
export const damage: FaultTheme = {
  name: "damage",
  cases: (["small", "large"] as const).flatMap((size) =>
    (["closed", "killed"] as const).flatMap((end) => [
      caseOf(size, end, "cuts", "cut to any length gives right values or reported misses"),
      caseOf(
        size,
        end,
        "flips",
        "with any bit flipped gives right values or reported misses, and loses little",
      ),
    ]),
  ),
};

function caseOf(size: Size, end: End, harm: Harm, promise: string): FaultTheme["cases"][number] {
  const wasKilled = end === "killed" ? ", whose process was killed," : "";
  return {
    name: `a ${size} store${wasKilled} ${promise}`,
    needs: end === "killed" ? ["damage", "processes"] : ["damage"],
    seconds: 180,
    run: (world, plan) => endure(world, plan, size, end, harm),
  };
}

async function endure(world: World, plan: Plan, size: Size, end: End, harm: Harm): Promise<void> {
  const id = world.id("damaged");
  const saved = join(world.root, "saved");
  await makeStore(world, id, size, end);
  StoreFiles.copyOf(world.folder, saved);
  const wanted = Number(process.env.CLASS_CACHE_INJURIES ?? mostOf(size, end));
  const most = plan.pick(size === "small" ? 80 : 20, Math.min(wanted, mostOf(size, end)));
  const seed = plan.random(`${size} ${end} ${harm}`)(2 ** 31);
  const mostLost = harm === "flips" ? plan.flipCosts : Number.MAX_SAFE_INTEGER;
  const trial = { id, size, saved, harm, most, seed, mostLost };
  const make = (): ReturnType<typeof world.options.backend> =>
    world.options.backend({ folder: world.folder });
  const trials = new Trials(trial, make, world.folder);
  const isSideBySide = plan.isLong && typeof world.options.processes === "object";
  if (isSideBySide) await trySideBySide(world, trial, trials.count);
  else await trials.try(0, trials.count);
}

async function makeStore(world: World, id: string, size: Size, end: End): Promise<void> {
  if (end === "killed") {
    const worker = new WorkerProcess(world);
    await worker.ask("fillForDamage", id, size);
    await worker.kill();
    return;
  }
  const backend = world.sharedBackend();
  await fill(backend, id, size);
  await backend.close();
}

/** Injuries that a long run tries: all there are of a small store that was closed. */
function mostOf(size: Size, end: End): number {
  if (size === "large") return 4000;
  return end === "closed" ? Number.MAX_SAFE_INTEGER : 20_000;
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
