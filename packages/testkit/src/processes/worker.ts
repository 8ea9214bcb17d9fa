/**
 * The program of a worker: makes the backend, and follows the orders that it reads line by line. When
 * its input ends it exits as it is: nothing is closed that it was not told to close.
 */
import { createInterface } from "node:readline";
import type { SuiteOptions } from "../options.ts";
import { say } from "./child-program.ts";
import { Orders } from "./orders.ts";
import type { AnswerLine, OrderLine, WorkerOptions } from "./worker-protocol.ts";

async function follow([number, order, args]: OrderLine, orders: Orders): Promise<AnswerLine> {
  try {
    const act = orders[order] as (...args: readonly unknown[]) => Promise<unknown>;
    return ["answer", number, (await act.apply(orders, [...args])) ?? null];
  } catch (error) {
    return ["failure", number, error instanceof Error ? (error.stack ?? "") : String(error)];
  }
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { module, place } = JSON.parse(String((await lines.next()).value)) as WorkerOptions;
const { backend } = (await import(module)) as Pick<SuiteOptions, "backend">;
const orders = new Orders(() => backend(place));
for await (const line of lines) {
  void follow(JSON.parse(line) as OrderLine, orders).then((answer) => say(JSON.stringify(answer)));
}
process.exit();
