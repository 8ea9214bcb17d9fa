/** One contender's hits, with what they are compared with in the same process and the same round. */
import { setImmediate as nextTurn } from "node:timers/promises";
import stringify from "fast-json-stable-stringify";
import type { Pace } from "../measure/pace.ts";
import type { Program } from "../measure/program.ts";
import type { Operations } from "../measure/timed.ts";
import { calibrated, timed } from "../measure/timed.ts";
import type { Case, Query } from "./cases.ts";
import { CALLS, computations, newQuery, queries } from "./cases.ts";
import { notIsolated, onFiles, onMemory } from "./class-cache.ts";
import type { Hit, MemoryContender } from "./contender.ts";
import { peers } from "./peers.ts";

const contenders: Readonly<Record<string, MemoryContender>> = {
  "@cached": onFiles,
  "@cached, isolate: false": notIsolated,
  "@cached on memory()": onMemory,
  ...peers,
};

/** What is stringified in the cases of objects. */
const QUERIES: Readonly<Record<string, (index: number) => Query>> = {
  "nested object": (index) => queries[index]!,
  "new nested object": newQuery,
};

/** Hits run through more code than what they are compared with. */
const WARMER = 3;

export interface HitOptions {
  readonly contender: string;
  readonly pace: Pace;
}

/** Prepared for one case only, so that nothing in it has seen other types. */
export async function program({ contender, pace }: HitOptions): Promise<Program> {
  const timings: { what: string; run: Operations; count: number }[] = [];
  const add = async (what: string, run: Operations, given: Pace): Promise<void> => {
    timings.push({ what, run, count: await calibrated(run, given) });
  };
  return {
    async prepare(name) {
      const hit = await contenders[contender]!(name as Case);
      await add("Map.get", awaitedGets(await readyResults(hit)), pace);
      const queryOf = QUERIES[name];
      if (queryOf !== undefined) await add("stringify + Map.get", keyedGets(queryOf), pace);
      const before = computations();
      await add("hit", hits(hit), { ...pace, warmUpMs: WARMER * pace.warmUpMs });
      if (computations() !== before) throw new Error("What was to be a hit was computed.");
      return true;
    },
    async round() {
      const round: Record<string, number> = {};
      for (const { what, run, count } of timings) round[what] = await timed(run, count);
      return round;
    },
    async close() {},
  };
}

async function readyResults(hit: Hit): Promise<Map<number, Promise<unknown>>> {
  const ready = new Map<number, Promise<unknown>>();
  for (let index = 0; index < CALLS; index += 1) {
    ready.set(index, Promise.resolve(await hit(index)));
  }
  return ready;
}

function awaitedGets(ready: Map<number, Promise<unknown>>): Operations {
  return async (count) => {
    for (let index = 0; index < count; index += 1) await ready.get(index % CALLS);
    await nextTurn();
  };
}

function keyedGets(queryOf: (index: number) => Query): Operations {
  const ready = new Map(queries.map((query) => [stringify(query), Promise.resolve(query)]));
  return async (count) => {
    for (let index = 0; index < count; index += 1) {
      await ready.get(stringify(queryOf(index % CALLS)));
    }
    await nextTurn();
  };
}

function hits(hit: Hit): Operations {
  return async (count) => {
    for (let index = 0; index < count; index += 1) await hit(index % CALLS);
    // What a hit has put off is part of its cost.
    await nextTurn();
  };
}

export const contenderNames: readonly string[] = Object.keys(contenders);
