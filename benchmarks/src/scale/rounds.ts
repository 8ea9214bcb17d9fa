/** Operations on a store of many entries, in scattered order. */
import type { Pace } from "../measure/pace.ts";
import type { Program } from "../measure/program.ts";
import type { Operations } from "../measure/timed.ts";
import { calibrated, timed } from "../measure/timed.ts";
import type { Stock } from "./entries.ts";
import { inChunks, keyAt, loaded, scattered, textOf } from "./entries.ts";
import { VALUE_BYTES } from "./fill.ts";

const CHUNK = 1000;

export const OPERATIONS = ["get", "has", "set"];

export interface ScaleOptions extends Stock {
  readonly pace: Pace;
}

export async function program({ backend, folder, entries, pace }: ScaleOptions): Promise<Program> {
  const open = await loaded(backend);
  const store = await open(folder);
  // An index that is read as it is needed is there for all sizes alike.
  await inChunks(entries, CHUNK, async (indexes) => store.hasMany(indexes.map(keyAt)));
  const operations: Readonly<Record<string, (key: string, at: number) => unknown>> = {
    get: (key) => store.get(key),
    has: (key) => store.has(key),
    set: (key, at) => store.set(key, textOf(VALUE_BYTES, at)),
  };
  let run: Operations;
  let count: number;
  let done = 0;
  return {
    async prepare(name) {
      const operation = operations[name]!;
      run = async (times) => {
        for (let left = times; left > 0; left -= 1) {
          await operation(keyAt(scattered(done, entries)), done);
          done += 1;
        }
      };
      count = await calibrated(run, pace);
      return true;
    },
    round: async () => ({ time: await timed(run, count) }),
    close: async () => store.close(),
  };
}
