import { AssertionError } from "node:assert";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Backend, InspectionProgress } from "@class-cache/mapping";
import { CacheError, repair, verify } from "@class-cache/mapping";
import type { Injury } from "../../damage/injuries.ts";
import { cuts, emptied, flips, overwrites, removed } from "../../damage/injuries.ts";
import { StoreFiles } from "../../damage/store-files.ts";
import { messageOf } from "../../message-of.ts";
import { contradictions } from "../../processes/linearizable.ts";
import { readKeys } from "../../processes/read-keys.ts";
import { startWorkers, WorkerProcess } from "../../processes/worker-process.ts";
import { isSame } from "../../same-value.ts";
import type { World } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";

const ENTRIES = 120;
const KEYS = 12;

/** What `verify()` says of a store, and what `repair()` makes of a damaged one. */
export const inspection: FaultTheme = {
  name: "inspection",
  cases: [
    {
      name: "a sound store is verified without damages, and a repair changes nothing",
      needs: ["reopens"],
      async run(world) {
        const store = await InspectedStore.make(world);
        const backend = world.sharedBackend();
        const seen: InspectionProgress[] = [];
        const report = await verify(backend, {
          ids: [store.id],
          onProgress: (progress) => void seen.push(progress),
        });
        world.check.equal(report.damages, []);
        world.check.equal(report.entries, ENTRIES);
        world.check.equal(
          report.mappings.map(({ id }) => id),
          [store.id],
        );
        for (const [index, { done, total }] of seen.entries()) {
          world.check.ok(done >= (seen[index - 1]?.done ?? 0) && done <= total, "it only grows");
        }
        world.check.ok(seen.length > 0, "progress was told");
        world.check.equal(await repair(backend, { ids: [store.id] }), { ...report, left: [] });
        world.check.equal((await store.readable(backend)).size, ENTRIES);
      },
    },
    {
      name: "the event loop turns beside verify and repair, and a signal that comes meanwhile ends them",
      async run(world) {
        const backend = world.sharedBackend();
        const id = world.id("large");
        const mapping = backend.open<number, Uint8Array>(id);
        for (let key = 0; key < 20; key += 1) await mapping.set(key, new Uint8Array(300_000));
        for (const inspect of [verify, repair]) {
          let turns = 0;
          const timer = setInterval(() => void (turns += 1), 1);
          await inspect(backend, { ids: [id], onProgress: keepBusy }).finally(() =>
            clearInterval(timer),
          );
          world.check.ok(turns > 5, `only ${turns} turns of the event loop`);
          const signal = AbortSignal.timeout(5);
          const stopped: unknown = await inspect(backend, {
            ids: [id],
            onProgress: keepBusy,
            signal,
          }).catch((reason: unknown) => reason);
          world.check.ok(
            stopped === signal.reason,
            `not ended by the signal: ${messageOf(stopped)}`,
          );
        }
      },
    },
    {
      name: "a repair keeps all that a damaged store gives, and then it is verified without damages",
      needs: ["damage"],
      seconds: 120,
      async run(world, plan) {
        const store = await InspectedStore.make(world);
        const { files } = store.saved;
        const random = plan.random("injuries");
        const wide = overwrites(files, plan.pick(20, 1500));
        const all = [
          ...flips(files, plan.pick(60, 4000)),
          ...cuts(files, plan.pick(20, 1500)),
          ...wide,
          ...emptied(files),
          ...removed(files),
        ];
        const count = plan.pick(6, all.length);
        for (let round = 0; round < count; round += 1) {
          const [injury] = all.splice(random(all.length), 1);
          // A stretch of bytes may hit a name and its copy, and leave the entries.
          if (injury !== undefined) await store.endure(injury, wide.includes(injury));
        }
      },
    },
    {
      name: "a damaged store is repaired while other processes write to it, and loses none of that",
      needs: ["processes", "damage"],
      async run(world, plan) {
        const store = await InspectedStore.make(world);
        store.injure(plan.random("injury"));
        const expected = await store.readableBefore();
        const worked = world.id("worked on");
        const workers = startWorkers(world, 2);
        await Promise.all(workers.map((worker) => worker.ask("ready")));
        const shares = { set: 8, get: 4, has: 1, delete: 3 };
        const work = workers.map((worker, number) =>
          worker.ask("work", {
            id: worked,
            writer: `w${number}`,
            seed: plan.seed + number,
            keys: KEYS,
            shares,
          }),
        );
        const backend = world.sharedBackend();
        const calls = (): number => workers.reduce((sum, { told }) => sum + told, 0);
        const enough = plan.pick(100, 20_000);
        for (let round = 0; round < 3 || calls() < enough; round += 1) {
          await repair(backend);
          await sleep(20);
        }
        await Promise.all(workers.map((worker) => worker.ask("stop")));
        await Promise.all(work);
        const told = workers.flatMap((worker) => worker.calls());
        told.push(...(await readKeys(backend, worked, KEYS)));
        world.check.equal(contradictions(told), []);
        store.compare(expected, await store.readable(backend));
        world.check.equal((await verify(backend)).damages, []);
      },
    },
    {
      name: "a repair that is killed at any moment loses nothing that was intact",
      needs: ["processes", "damage"],
      seconds: 120,
      async run(world, plan) {
        const store = await InspectedStore.make(world);
        const random = plan.random("deaths");
        for (let round = 0; round < plan.pick(2, 150); round += 1) {
          store.saved.putBack();
          store.injure(random);
          const expected = await store.readableBefore();
          const worker = new WorkerProcess(world);
          await worker.ask("ready");
          const repaired = worker.ask("repair", store.id);
          await Promise.race([repaired, sleep(random(120))]);
          await worker.kill();
          const backend = world.options.backend({ folder: world.folder });
          await repair(backend, { ids: [store.id] });
          store.compare(expected, await store.readable(backend));
          world.check.equal((await verify(backend, { ids: [store.id] })).damages, []);
          await backend.close();
        }
      },
    },
  ],
};

/** As long as an inspection may keep the event loop from turning. */
function keepBusy(): void {
  const end = performance.now() + 10;
  while (performance.now() < end);
}

type Readable = ReadonlyMap<string, unknown>;

/** A store with entries that are known, closed, and what can be read of it. */
class InspectedStore {
  readonly id: string;
  readonly saved: StoreFiles;
  readonly #world: World;
  readonly #entries: ReadonlyMap<string, unknown>;

  private constructor(world: World, id: string, entries: ReadonlyMap<string, unknown>) {
    this.#world = world;
    this.id = id;
    this.#entries = entries;
    this.saved = StoreFiles.copyOf(world.folder, join(world.root, "saved"));
  }

  static async make(world: World): Promise<InspectedStore> {
    const id = world.id("inspected");
    const entries = new Map(
      Array.from({ length: ENTRIES }, (_, number): [string, unknown] => {
        const length = number % 30 === 7 ? 20_000 : (number % 7) * 40;
        return [`key ${number}`, { number, text: `${number} `.repeat(length / 2) }];
      }),
    );
    const backend = world.sharedBackend();
    const mapping = backend.open<string, unknown>(id);
    await mapping.set("gone", "deleted");
    for (const [key, value] of entries) await mapping.set(key, value);
    await mapping.delete("gone");
    await backend.close();
    return new InspectedStore(world, id, entries);
  }

  /** Flips a bit somewhere in the largest of the files, where most of the entries lie. */
  injure(random: (bound: number) => number): void {
    const [largest] = Array.from(this.saved.files).sort(([, a], [, b]) => b.length - a.length);
    const injuries = flips(new Map([largest!]), 500);
    const { file, inflict } = injuries[random(injuries.length)]!;
    inflict(join(this.#world.folder, file));
  }

  /** What a process that begins anew reads, of a copy: reading may bury what is damaged. */
  async readableBefore(): Promise<Readable> {
    const copy = join(this.#world.root, "copy");
    rmSync(copy, { recursive: true, force: true });
    cpSync(this.#world.folder, copy, { recursive: true });
    const backend = this.#world.options.backend({ folder: copy });
    try {
      return await this.readable(backend);
    } finally {
      await backend.close();
    }
  }

  /** All that can be read. What is wrong, and was never written, fails the case. */
  async readable(backend: Backend): Promise<Readable> {
    const mapping = backend.open<string, unknown>(this.id, { onError() {} });
    const found = new Map<string, unknown>();
    for (const [key, expected] of this.#entries) {
      try {
        const value = await mapping.get(key);
        if (value === undefined) continue;
        if (!isSame(value, expected)) throw new AssertionError({ message: `${key} is wrong` });
        found.set(key, value);
      } catch (error) {
        if (!(error instanceof CacheError)) throw error;
      }
    }
    return found;
  }

  compare(before: Readable, after: Readable): void {
    const lost = Array.from(before.keys()).filter((key) => !after.has(key));
    this.#world.check.equal(lost, []);
  }

  /** @param mayLeave whether a repair may tell of what only who knows more can mend */
  async endure(injury: Injury, mayLeave: boolean): Promise<void> {
    this.saved.putBack();
    injury.inflict(join(this.#world.folder, injury.file));
    try {
      const expected = await this.readableBefore();
      const backend = this.#world.options.backend({ folder: this.#world.folder });
      const report = await repair(backend, { ids: [this.id] });
      const found = await this.readable(backend);
      this.compare(expected, found);
      const { damages, entries } = await verify(backend, { ids: [this.id] });
      this.#world.check.equal(damages.length, report.left.length);
      const isWhole = this.#world.options.damage === "misses" && !mayLeave;
      if (isWhole) this.#world.check.equal(report.left, []);
      if (report.left.length === 0) this.#world.check.ok(entries >= found.size, "all is counted");
      await backend.close();
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(`${injury.file}, ${injury.what}: ${message}`, { cause });
    }
  }
}
