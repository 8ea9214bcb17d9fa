import type { Place } from "../options.ts";
import type { Orders } from "./orders.ts";

/** What a worker is started with. */
export interface WorkerOptions {
  /** The address of the module that makes the backend. */
  readonly module: string;
  readonly place: Omit<Place, "clock">;
}

/** A line that tells a worker to do something. The number comes back with the answer. */
export type OrderLine = readonly [number: number, order: keyof Orders, args: readonly unknown[]];

/** A line that tells what an order came to. */
export type AnswerLine =
  | readonly ["answer", number: number, answer: unknown]
  | readonly ["failure", number: number, message: string];
