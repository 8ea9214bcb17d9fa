/**
 * Reads recorded streams as it is told, line by line. Says `c <what>` when a run begins, and
 * `a <number> <answer>` for each order.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { configure, memoize, stats } from "@class-cache/core";
import { say } from "@class-cache/testkit/processes";
import type { SharedBackend } from "./backend.ts";
import { openBackend } from "./backend.ts";

interface WorkerOptions {
  readonly kind: SharedBackend;
  readonly folder: string;
  readonly name: string;
}

type Order = readonly [number: number, what: string, ...args: unknown[]];

const ITEM_BYTES = 50_000;

let hangsAt = Infinity;

const pages = memoize(
  async function* (key: string, count: number): AsyncGenerator<string, string> {
    say(`c ${key}`);
    for (let at = 0; at < count; at += 1) {
      if (at === hangsAt) await new Promise(() => setInterval(() => {}, 1000));
      if (at % 10 === 0) await sleep(1);
      yield `${key} ${at} `.padEnd(ITEM_BYTES);
    }
    return `end of ${key}`;
  },
  { id: "pages", onError: (error) => say(`e ${String(error)}`) },
);

/** Streams that were begun and are not read on. */
const paused: AsyncGenerator<string, string>[] = [];

/** @returns how many items came, and whether each was the one that it should be */
async function read(key: string, stream: AsyncGenerator<string, string>): Promise<unknown> {
  let count = 0;
  let isRight = true;
  for (;;) {
    const { done, value } = await stream.next();
    if (done === true) return [count, isRight && value === `end of ${key}`];
    isRight &&= value.length === ITEM_BYTES && value.startsWith(`${key} ${count} `);
    count += 1;
  }
}

async function act([, what, ...args]: Order): Promise<unknown> {
  const [key = "", count = 0] = args as [string?, number?];
  if (what === "read") return read(key, pages(key, count));
  if (what === "hang at") {
    hangsAt = args[2] as number;
    return read(key, pages(key, count));
  }
  if (what === "pause") {
    const stream = pages(key, count);
    await stream.next();
    paused.push(stream);
    return undefined;
  }
  if (what === "go on") {
    let rest = 0;
    for await (const _item of paused.shift() as AsyncGenerator<string>) rest += 1;
    return rest;
  }
  if (what === "invalidate") return pages.memo.invalidate(key, count);
  if (what === "stats") return stats();
  throw new Error(`There is no order ${what}.`);
}

let isReady = false;
for await (const line of createInterface(process.stdin)) {
  if (isReady) {
    const order = JSON.parse(line) as Order;
    void act(order).then(
      (answer) => say(`a ${order[0]} ${JSON.stringify(answer ?? null)}`),
      (error: unknown) => say(`a ${order[0]} ${JSON.stringify(String(error))}`),
    );
  } else {
    const { kind, folder } = JSON.parse(line) as WorkerOptions;
    configure({ backend: await openBackend(kind, folder) });
    isReady = true;
    say("ready");
  }
}
process.exit(0);
