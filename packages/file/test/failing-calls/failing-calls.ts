import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { FaultTheme, Plan, World } from "@class-cache/testkit/faults";
import type { CallFault } from "./faulty-calls.ts";
import { CALL_ERRORS, FaultyCalls, isShortable } from "./faulty-calls.ts";
import { Ledger } from "./ledger.ts";
import type { Scenario } from "./scenarios.ts";
import { prepare, scenarios } from "./scenarios.ts";
import { TestedStore } from "./tested-store.ts";

/** Faults that a bounded run tries in each scenario. A long run tries all. */
const SAMPLED = 8;

/** Places at which the processes died that recovery has to do with. */
const DEATHS = 12;

const PATIENCE_MS = 25_000;

/** Every call of the file system that a store makes fails in turn. */
export const failingCalls: FaultTheme = {
  name: "failing calls",
  cases: scenarios.map((scenario) => ({
    name: `${scenario.name} is right or refused whichever call fails, and works once none does`,
    run: (world, plan) => failEach(world, plan, scenario),
  })),
};

/** A fault, and before it, where a process had died. */
interface Trial {
  readonly fault: CallFault;
  readonly diedAt: number | undefined;
}

async function failEach(world: World, plan: Plan, scenario: Scenario): Promise<void> {
  const trials = new Trials(world.root, scenario);
  const all = await trials.list();
  const random = plan.random(scenario.name);
  const chosen = plan.isLong
    ? all
    : Array.from({ length: SAMPLED }, () => all[random(all.length)]!);
  const failures: string[] = [];
  for (const trial of chosen) {
    const failure = await trials.failureOf(trial);
    if (failure === undefined) continue;
    const { at, how, forEver } = trial.fault;
    const died = trial.diedAt === undefined ? "" : ` after a death at call ${trial.diedAt}`;
    failures.push(`${how} ${forEver ? "from" : "at"} call ${at}${died}: ${failure}`);
    if (failures.length >= 5) break;
  }
  world.check.equal(failures, []);
}

/** Runs a scenario on a store of its own, again and again. */
class Trials {
  readonly #root: string;
  readonly #scenario: Scenario;
  readonly #made = new Ledger();
  #count = 0;

  constructor(root: string, scenario: Scenario) {
    this.#root = root;
    this.#scenario = scenario;
  }

  /** All the trials there are. */
  async list(): Promise<Trial[]> {
    await prepare(this.#scenario, this.#original, this.#made);
    const { interrupted } = this.#scenario;
    const deaths: (number | undefined)[] = [];
    if (interrupted === undefined) deaths.push(undefined);
    else {
      const calls = await this.#run((store) => interrupted(store));
      const stride = Math.max(1, calls.length / DEATHS);
      for (let at = 1; at <= calls.length; at += stride) deaths.push(Math.floor(at));
    }
    const trials: Trial[] = [];
    for (const [turn, diedAt] of deaths.entries()) {
      const calls = await this.#run((store) => this.#scenario.run(store), diedAt);
      for (const [index, name] of calls.entries()) {
        // Each call fails after one of the deaths.
        if (index % deaths.length !== turn) continue;
        for (const how of [...CALL_ERRORS, ...(isShortable(name) ? ["short" as const] : [])]) {
          for (const forEver of [false, true]) {
            trials.push({ fault: { at: index + 1, how, forEver }, diedAt });
          }
        }
      }
    }
    return trials;
  }

  /** @returns what went wrong under a fault; undefined: nothing */
  async failureOf({ fault, diedAt }: Trial): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error("it hangs")), PATIENCE_MS);
    });
    try {
      await Promise.race([this.#run((store) => this.#scenario.run(store), diedAt, fault), late]);
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns the calls that were made */
  async #run(
    act: (store: TestedStore) => Promise<void>,
    diedAt?: number,
    fault?: CallFault,
  ): Promise<string[]> {
    this.#count += 1;
    const dir = join(this.#root, `trial ${this.#count}`);
    cpSync(this.#original, dir, { recursive: true });
    const ledger = this.#made.copy();
    if (diedAt !== undefined) await this.#die(dir, ledger, diedAt);
    const faulty = new FaultyCalls();
    const store = this.#open(dir, faulty, ledger);
    if (fault !== undefined) faulty.fail(fault);
    try {
      await act(store);
      // The process ends with the fault, or outlives it.
      const ends = fault?.forEver === true && fault.at % 2 === 0;
      if (ends) await store.close();
      faulty.mend();
      const { made } = faulty;
      const calls = made.slice();
      await store.checkRecovered(ends);
      await store.end();
      if (store.strays.length > 0) throw store.strays[0];
      if (faulty.open.size > 0) throw new Error(`${faulty.open.size} files are left open`);
      return calls;
    } finally {
      faulty.mend();
      await store.end();
      rmSync(dir, { recursive: true, force: true });
    }
  }

  /** Has a process die over what the scenario says: from a call on, none of its calls has any effect. */
  async #die(dir: string, ledger: Ledger, at: number): Promise<void> {
    const faulty = new FaultyCalls();
    const store = this.#open(dir, faulty, ledger);
    faulty.fail({ at, how: "EIO", forEver: true });
    await this.#scenario.interrupted?.(store);
    await store.end();
  }

  #open(dir: string, faulty: FaultyCalls, ledger: Ledger): TestedStore {
    const options = { dir, maxBlockBytes: 2000, ...this.#scenario.options };
    return new TestedStore(options, faulty, ledger);
  }

  get #original(): string {
    return join(this.#root, "original");
  }
}
