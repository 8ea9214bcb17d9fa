/** A thread that uses a store, while the one that tells it to waits. */
import { subscribe } from "node:diagnostics_channel";
import type { MessagePort } from "node:worker_threads";
import { workerData } from "node:worker_threads";
import type { FileBlockBackend } from "@class-cache/file";
import { fileBlocks } from "@class-cache/file";
import { messageOf } from "../../../testkit/src/message-of.ts";
import type { Call } from "../../../testkit/src/processes/calls.ts";
import { MOST_BLOCK_BYTES } from "./stores.ts";
import type { Use } from "./uses.ts";
import { User, uses } from "./uses.ts";

/** What the thread is to do: open a store, use it, read all of it, close it. */
export type Order =
  { readonly open: string; readonly name: string } | { readonly use: Use } | "read" | "close";

/** The calls that it made since the last answer, and what was reported or failed. */
export interface Answer {
  readonly calls: readonly Call[];
  readonly errors: readonly string[];
}

interface Line {
  readonly port: MessagePort;
  /** How many orders have been answered. */
  readonly answered: Int32Array;
}

const { port, answered } = workerData as Line;
let backend: FileBlockBackend | undefined;
let user: User | undefined;
let errors: string[] = [];
subscribe("class-cache:error", (message) => {
  errors.push(messageOf((message as { error: unknown }).error));
});

async function follow(order: Order): Promise<void> {
  if (order === "read") await user?.readAll();
  else if (order === "close") await backend?.close();
  else if ("use" in order) await uses[order.use](user!);
  else {
    backend = fileBlocks({ dir: order.open, maxBlockBytes: MOST_BLOCK_BYTES });
    user = new User(backend, order.name);
  }
}

function answer(): void {
  const answer: Answer = { calls: user?.calls.splice(0) ?? [], errors };
  errors = [];
  port.postMessage(answer);
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
}

let last = Promise.resolve();
port.on("message", (order: Order) => {
  const followed = last.then(() => follow(order));
  last = followed.catch((error: unknown) => void errors.push(messageOf(error))).then(answer);
});
