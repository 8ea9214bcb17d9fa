/** The operations of one store on values of one size, each awaited before the next. */
import type { Pace } from "../measure/pace.ts";
import type { Program } from "../measure/program.ts";
import { scratchFolder } from "../measure/scratch.ts";
import type { Operations } from "../measure/timed.ts";
import { calibrated, timed } from "../measure/timed.ts";
import { bare } from "./bare.ts";
import { ours } from "./class-cache.ts";
import { workOn } from "./operations.ts";
import { payloads } from "./payload.ts";
import { peers } from "./peers.ts";
import type { Entry } from "./store.ts";

export const stores = { ...ours, ...bare, ...peers };

export interface StoreOptions {
  readonly store: string;
  readonly payload: string;
  readonly pace: Pace;
}

export async function program({
  store: name,
  payload: label,
  pace,
}: StoreOptions): Promise<Program> {
  const payload = payloads.find((one) => one.label === label)!;
  const store = await stores[name]!(scratchFolder());
  const entries = payload.keys.map((key, index): Entry => [key, payload.valueAt(index)]);
  if (store.setAll !== undefined) await store.setAll(entries);
  else for (const [key, value] of entries) await store.set(key, value);
  if ((await store.get(payload.keys[0]!)) === undefined)
    throw new Error(`${name} has lost a value.`);
  let run: Operations;
  let count: number;
  return {
    async prepare(operationName) {
      const work = workOn(store, operationName, payload);
      if (work === undefined) return false;
      const { operation, entries: many } = work;
      let done = 0;
      run = async (entriesOfRound) => {
        for (let left = entriesOfRound; left > 0; left -= many) {
          await operation(done);
          done += 1;
        }
      };
      count = Math.ceil((await calibrated(run, pace)) / many) * many;
      return true;
    },
    round: async () => ({ time: await timed(run, count) }),
    close: async () => store.close(),
  };
}
