import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { FaultTheme, Plan, World } from "@class-cache/testkit/faults";
import { verify } from "@class-cache/mapping";
import { messageOf } from "../../../testkit/src/message-of.ts";
import type { Call } from "../../../testkit/src/processes/calls.ts";
import { contradictions } from "../../../testkit/src/processes/linearizable.ts";
import { fileBlocks } from "@class-cache/file";
import { FileBlockBackend } from "../../src/file-blocks.ts";
import { HeldCalls } from "./held-calls.ts";
import { OtherUser } from "./other-user.ts";
import type { State } from "./stores.ts";
import { makeStore, MOST_BLOCK_BYTES, states } from "./stores.ts";
import type { Use } from "./uses.ts";
import { User, uses } from "./uses.ts";

const useNames = Object.keys(uses) as Use[];

/** One user does something, and between two of the calls of the system that this makes another does something. */
export const interleavings: FaultTheme = {
  name: "interleavings",
  cases: states.map((state) => ({
    name: `with ${state}, whatever another does between any two calls of the system is right for both`,
    needs: ["processes"],
    run: (world, plan) => interleave(world, plan, state),
  })),
};

interface Trial {
  readonly use: Use;
  /** Before which calls, and what. */
  readonly meanwhile: readonly (readonly [call: number, use: Use])[];
  /** Whether each has read the store before. */
  readonly knows: boolean;
  readonly otherKnows: boolean;
}

/** Those that found a fault once: every run tries them, on every store. */
const FOUND: readonly Trial[] = [
  {
    use: "large set of a new key",
    knows: false,
    otherKnows: true,
    meanwhile: [
      [5, "iteration"],
      [37, "prune"],
    ],
  },
  {
    use: "large get",
    knows: false,
    otherKnows: false,
    meanwhile: [
      [1, "clear, and a set"],
      [5, "clear, and a set"],
    ],
  },
];

async function interleave(world: World, plan: Plan, state: State): Promise<void> {
  const random = plan.random(state);
  const any = <T>(items: readonly T[]): T => items[random(items.length)]!;
  const made = join(world.root, "made");
  mkdirSync(made);
  await using trials = new Trials(world.root, await makeStore(made, state));
  const lengths = new Map<string, number>();
  const failures: string[] = [];
  const tryOne = async (trial: Trial): Promise<void> => {
    const { failure } = await trials.try(trial);
    if (failure !== undefined) failures.push(`${JSON.stringify(trial)}: ${failure}`);
  };
  for (const trial of FOUND) await tryOne(trial);
  const count = plan.pick(60, 2000);
  for (let number = 0; number < count && failures.length < 3; number += 1) {
    const use = any(useNames);
    const knows = random(2) === 0;
    const otherKnows = random(2) === 0;
    const name = `${use} ${knows}`;
    const alone: Trial = { use, knows, otherKnows, meanwhile: [] };
    const length = lengths.get(name) ?? (await trials.try(alone)).length;
    lengths.set(name, length);
    // Twice at times: what one undoes of the other's.
    const meanwhile = Array.from({ length: 1 + random(2) }, () => {
      return [random(length + 1), any(useNames)] as const;
    });
    await tryOne({ ...alone, meanwhile });
  }
  world.check.equal(failures, []);
}

/** Two users on copies of a store. */
class Trials {
  readonly #root: string;
  readonly #before: readonly Call[];
  readonly #other = new OtherUser();
  #count = 0;

  constructor(root: string, before: readonly Call[]) {
    this.#root = root;
    this.#before = before;
  }

  /** @returns what went wrong, and how many calls the use made */
  async try({ use, meanwhile, knows, otherKnows }: Trial): Promise<{
    readonly failure: string | undefined;
    readonly length: number;
  }> {
    this.#count += 1;
    const dir = join(this.#root, `trial ${this.#count}`);
    cpSync(join(this.#root, "made"), dir, { recursive: true });
    const held = new HeldCalls();
    const other = this.#other;
    const errors: string[] = [];
    const listen = (message: unknown): void => {
      errors.push(messageOf((message as { error: unknown }).error));
    };
    subscribe("class-cache:error", listen);
    const backend = new FileBlockBackend({ dir, maxBlockBytes: MOST_BLOCK_BYTES }, held.calls);
    const fresh = fileBlocks({ dir, maxBlockBytes: MOST_BLOCK_BYTES });
    const user = new User(backend, `u${this.#count}`);
    let length = 0;
    try {
      await other.do({ open: dir, name: `o${this.#count}` });
      if (otherKnows) await other.do("read");
      if (knows) await user.readAll();
      const { made } = held;
      const before = made.length;
      for (const [call, what] of meanwhile) held.hold(call, () => other.doNow({ use: what }));
      await uses[use](user);
      length = made.length - before;
      held.release();
      await user.get("1");
      await other.do("read");
      await user.readAll();
      const reader = new User(fresh, "fresh");
      await reader.readAll();
      const { damages } = await verify(fresh);
      errors.push(...damages.map((damage) => JSON.stringify(damage)));
      const calls = [this.#before, user.calls, other.calls.splice(0), reader.calls].flat();
      errors.push(...contradictions(calls));
    } catch (error) {
      errors.push(messageOf(error));
    } finally {
      held.release();
      await Promise.allSettled([backend.close(), fresh.close(), other.do("close")]);
      other.calls.length = 0;
      unsubscribe("class-cache:error", listen);
      rmSync(dir, { recursive: true, force: true });
    }
    errors.push(...other.errors.splice(0));
    return { failure: errors.length > 0 ? errors.join("\n") : undefined, length };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#other.end();
  }
}
