import { setTimeout as sleep } from "node:timers/promises";
import type { Backend, Lease, MutableMapping, SetOptions } from "@class-cache/mapping";
import { repair } from "@class-cache/mapping";
import type { Size, Trial } from "../damage/trial.ts";
import { fill, Trials } from "../damage/trial.ts";
import { isSame } from "../same-value.ts";
import { machineTime } from "./machine-time.ts";
import type { Sample } from "./samples.ts";
import { samplesOf } from "./samples.ts";
import type { Workload } from "./workload.ts";
import { work, writeBulks } from "./workload.ts";

/** A lease that was held. Milliseconds by the clock of the machine. */
export type Hold = readonly [from: number, to: number];

/** What a worker can be told to do: each method is an order, and takes and answers what JSON has. */
export class Orders {
  readonly #make: () => Backend;
  #made: Backend | undefined;
  readonly #held = new Map<string, Lease>();
  #isStopped = false;
  #trials: Trials | undefined;

  /** @param make makes a backend on the store of the worker */
  constructor(make: () => Backend) {
    this.#make = make;
  }

  get #backend(): Backend {
    this.#made ??= this.#make();
    return this.#made;
  }

  /** Answers as soon as the process is there. */
  async ready(): Promise<void> {}

  set(id: string, key: string, value: unknown, options?: SetOptions): Promise<void> {
    return this.#mapping(id).set(key, value, options);
  }

  async get(id: string, key: string): Promise<unknown> {
    return (await this.#mapping(id).get(key)) ?? null;
  }

  has(id: string, key: string): Promise<boolean> {
    return this.#mapping(id).has(key);
  }

  delete(id: string, key: string): Promise<boolean> {
    return this.#mapping(id).delete(key);
  }

  size(id: string): Promise<number> {
    return this.#mapping(id).size();
  }

  clear(id: string): Promise<void> {
    return this.#mapping(id).clear();
  }

  drop(id: string): Promise<boolean> {
    return this.#backend.drop(id);
  }

  /** The cost of an entry and when it expires; null for nothing, and where there is no entry. */
  async lifeOf(id: string, key: string): Promise<[number | null, number | null] | null> {
    const entry = await this.#mapping(id).lookup(key);
    return entry === undefined ? null : [entry.cost ?? null, entry.expiresAt ?? null];
  }

  /** Writes the keys from `[number, 0]` on. */
  async fill(id: string, number: number, keys: number): Promise<void> {
    const mapping = this.#backend.open<[number, number], string>(id);
    for (let index = 0; index < keys; index += 1) {
      await mapping.set([number, index], `${number}.${index} `.repeat(index * 10));
    }
  }

  /** Makes a store that is to be damaged, and does what was put off. */
  async fillForDamage(id: string, size: Size): Promise<void> {
    await fill(this.#backend, id, size);
    await sleep(100);
  }

  /** Writes keys as long as the size of the mapping allows. @returns the largest size it saw */
  async crowd(id: string, number: number, keys: number): Promise<number> {
    const mapping = this.#backend.open<[number, number], string>(id);
    let largest = 0;
    for (let index = 0; index < keys; index += 1) {
      await mapping.set([number, index], "v".repeat(100));
      if (index % 10 === 9) largest = Math.max(largest, await mapping.size());
    }
    return largest;
  }

  async writeSamples(id: string, of: Sample): Promise<void> {
    const mapping = this.#backend.open(id);
    for (const [key, value] of samplesOf(of)) await mapping.set(key, value);
  }

  /** @returns the numbers of those that are not what was written */
  async wrongSamples(id: string, of: Sample): Promise<number[]> {
    const mapping = this.#backend.open(id);
    const wrong: number[] = [];
    for (const [number, [key, value]] of samplesOf(of).entries()) {
      const found = await mapping.lookup(key);
      if (found === undefined || !isSame(found.value, value)) wrong.push(number);
    }
    return wrong;
  }

  /** Works until it is done or stopped, and prints every call. */
  work(load: Workload): Promise<void> {
    return work(this.#backend, load, () => this.#isStopped);
  }

  /** Writes bulks without end, and prints every call. */
  writeBulks(id: string, number: number): Promise<void> {
    return writeBulks(this.#backend, id, number);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
  }

  /**
   * Takes a lease and keeps it.
   *
   * @param patience milliseconds after which the wait is given up. Default: never
   * @returns whether it was granted
   */
  async lease(name: string, patience?: number): Promise<boolean> {
    const signal = patience === undefined ? undefined : AbortSignal.timeout(patience);
    try {
      this.#held.set(name, await this.#backend.lease(name, { signal }));
      return true;
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) return false;
      throw error;
    }
  }

  async release(name: string): Promise<void> {
    await this.#held.get(name)?.release();
  }

  /** Takes a lease again and again, and says when it held it. */
  async takeTurns(name: string, turns: number): Promise<Hold[]> {
    const holds: Hold[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      const lease = await this.#backend.lease(name);
      const from = machineTime();
      await sleep(2 + (turn % 3));
      holds.push([from, machineTime()]);
      await lease.release();
    }
    return holds;
  }

  /** Adds one to a number in the store, again and again, each time under a lease. */
  async count(id: string, name: string, times: number): Promise<void> {
    const mapping = this.#backend.open<string, number>(id);
    for (let time = 0; time < times; time += 1) {
      await using _lease = await this.#backend.lease(name);
      await mapping.set("count", ((await mapping.get("count")) ?? 0) + 1);
    }
  }

  /** Mends a mapping. @returns how many damages are left */
  async repair(id: string): Promise<number> {
    return (await repair(this.#backend, { ids: [id] })).left.length;
  }

  /** Tries some of the injuries of a trial, the same one each time. */
  async tryInjuries(folder: string, trial: Trial, from: number, to: number): Promise<void> {
    this.#trials ??= new Trials(trial, this.#make, folder);
    await this.#trials.try(from, to);
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  #mapping(id: string): MutableMapping<string, unknown> {
    return this.#backend.open(id);
  }
}
