/**
 * Calls memoized functions as it is told, line by line. Says `c <what>` when a computation begins, and
 * `a <number> <answer>` for each order.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { configure, invalidateTags, memoize, memoizeBatch, stats } from "@class-cache/core";
import { say } from "@class-cache/testkit/processes";
import type { SharedBackend } from "./backend.ts";
import { openBackend } from "./backend.ts";

interface WorkerOptions {
  readonly kind: SharedBackend;
  readonly folder: string;
  readonly name: string;
}

type Order = readonly [number: number, what: string, ...args: unknown[]];

let name = "";
let hangs = false;

let letGo = (): void => undefined;
const mayGo = new Promise<void>((resolve) => {
  letGo = resolve;
});

/** Takes some milliseconds, or until it may go; for ever where it is told to hang. */
const work = memoize(
  async (key: number | string, milliseconds: number): Promise<string> => {
    say(`c ${key}`);
    if (hangs) await new Promise(() => setInterval(() => {}, 1000));
    await (milliseconds === Infinity ? mayGo : sleep(milliseconds));
    return `${key} by ${name}`;
  },
  {
    id: "work",
    ignoreArgs: [1],
    tags: (_value, [key]) => [`tag ${key}`],
    onError: (error) => say(`e ${String(error)}`),
  },
);

let ringComputations = 0;

/** Waits for the next in a ring; the second computation in one process waits for nobody. */
const ring = memoize(
  async (at: number, size: number): Promise<string> => {
    say(`c ring ${at}`);
    ringComputations += 1;
    if (ringComputations > 1) return `${at} end`;
    await mayGo;
    return `${at} ${await ring((at + 1) % size, size)}`;
  },
  { id: "ring", onError: (error) => say(`e ${String(error)}`) },
);

/** Says `b <items>` of the items that it is given together. */
const items = memoizeBatch(
  async (numbers: readonly number[], milliseconds: number): Promise<string[]> => {
    for (const number of numbers) say(`c item ${number}`);
    say(`b ${numbers.join(" ")}`);
    if (hangs) await new Promise(() => setInterval(() => {}, 1000));
    await sleep(milliseconds);
    return numbers.map((number) => `${number} by ${name}`);
  },
  { id: "items", ignoreArgs: [1], onError: (error) => say(`e ${String(error)}`) },
);

let pairComputations = 0;

/** What the pair and the one below wait for, once told to; the second one in a process for nobody. */
async function waitInPair(what: string, other: () => Promise<unknown>): Promise<void> {
  pairComputations += 1;
  if (pairComputations > 1) return;
  say(`c ${what}`);
  await mayGo;
  await other();
}

const pair: (numbers: readonly number[]) => Promise<number[]> = memoizeBatch(
  async (numbers: readonly number[]): Promise<number[]> => {
    await waitInPair("pair", () => alone());
    return [...numbers];
  },
  { id: "pair", onError: (error) => say(`e ${String(error)}`) },
);

/** Waits for the first item of the pair. */
const alone = memoize(
  async (): Promise<number> => {
    await waitInPair("alone", () => pair([1]));
    return 0;
  },
  { id: "alone", onError: (error) => say(`e ${String(error)}`) },
);

async function act([, what, ...args]: Order): Promise<unknown> {
  if (what === "gated work") return work(args[0] as string, Infinity);
  if (what === "work") return work(args[0] as string, args[1] as number);
  if (what === "hang") {
    hangs = true;
    return work(args[0] as string, 0);
  }
  if (what === "all") {
    const keys = args[0] as number[];
    return (await Promise.all(keys.map((key) => work(key, 1)))).length;
  }
  if (what === "items") return items(args[0] as number[], args[1] as number);
  if (what === "hanging items") {
    hangs = true;
    return items(args[0] as number[], 0);
  }
  if (what === "go") return letGo();
  if (what === "pair") return pair([1, 2]);
  if (what === "alone") return alone();
  if (what === "ring") return ring(args[0] as number, args[1] as number);
  if (what === "invalidate") return work.memo.invalidate(args[0] as string, 0);
  if (what === "refresh") return work.memo.refresh(args[0] as string, 0);
  if (what === "set") return work.memo.set([args[0] as string, 0], args[1] as string);
  if (what === "clear") return work.memo.clear();
  if (what === "tags") return invalidateTags(args[0] as string[]);
  if (what === "stats") return stats();
  throw new Error(`There is no order ${what}.`);
}

for await (const line of createInterface(process.stdin)) {
  if (name === "") {
    const options = JSON.parse(line) as WorkerOptions;
    ({ name } = options);
    configure({ backend: await openBackend(options.kind, options.folder) });
    say("ready");
  } else {
    const order = JSON.parse(line) as Order;
    void act(order).then(
      (answer) => say(`a ${order[0]} ${JSON.stringify(answer ?? null)}`),
      (error: unknown) => say(`a ${order[0]} ${JSON.stringify(String(error))}`),
    );
  }
}
process.exit(0);
