import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Call } from "../../../testkit/src/processes/calls.ts";
import type { Answer, Order } from "./beside.ts";

/** What is under way when this is over waits for something that who waits here has. */
const PATIENCE_MS = 100;

/** A thread with a store, which can be waited for within a call. Threads share no locks of files. */
export class OtherUser {
  readonly calls: Call[] = [];
  readonly errors: string[] = [];
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));
  readonly #channel = new MessageChannel();
  readonly #worker: Worker;
  #given = 0;
  #taken = 0;

  constructor() {
    const { port2: port } = this.#channel;
    this.#worker = new Worker(new URL("beside.ts", import.meta.url), {
      execArgv: ["--conditions=@class-cache/source"],
      workerData: { port, answered: this.#answered },
      transferList: [port],
    });
    this.#worker.on("error", (error) => this.errors.push(String(error)));
  }

  /** Has it do something, and waits for that, if it does not take long. */
  doNow(order: Order): void {
    this.#give(order);
    const deadline = performance.now() + PATIENCE_MS;
    for (let left = PATIENCE_MS; left > 0; left = deadline - performance.now()) {
      const answered = Atomics.load(this.#answered, 0);
      if (answered === this.#given) break;
      Atomics.wait(this.#answered, 0, answered, left);
    }
    this.#take();
  }

  /** Has it do something, and what it is at. */
  async do(order: Order): Promise<void> {
    this.#give(order);
    while (this.#taken < this.#given && this.errors.length === 0) {
      await sleep(1);
      this.#take();
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
    this.#channel.port1.close();
  }

  #give(order: Order): void {
    this.#given += 1;
    this.#channel.port1.postMessage(order);
  }

  #take(): void {
    let received = receiveMessageOnPort(this.#channel.port1);
    while (received !== undefined) {
      this.#taken += 1;
      const { calls, errors } = received.message as Answer;
      this.calls.push(...calls);
      this.errors.push(...errors);
      received = receiveMessageOnPort(this.#channel.port1);
    }
  }
}
