import { channel } from "node:diagnostics_channel";
import type { FailedOperation } from "./failure.ts";

/** What is published on every channel of class-cache. */
export interface CallMessage {
  /** The class and the method, as in `Embedder.embed`; the id of a function. */
  readonly method: string;
  /** The canonical text of the call's key. */
  readonly key: string;
}

/** On `class-cache:hit`: a call was answered without computing. */
export interface HitMessage extends CallMessage {
  /** Where the answer came from: this process's memory, the backend, or another call's computation. */
  readonly source: "memory" | "backend" | "flight";
  /** Milliseconds that it took to compute; undefined: unknown. */
  readonly cost: number | undefined;
}

/** On `class-cache:miss`: a computation begins. */
export type MissMessage = CallMessage;

/** On `class-cache:store`: a result was stored. */
export interface StoreMessage extends CallMessage {
  /** Milliseconds since the epoch; undefined: never. */
  readonly expiresAt: number | undefined;
  /** Milliseconds that it took to compute. */
  readonly cost: number | undefined;
}

/** On `class-cache:error`: a backend failed and the caller was spared it. */
export interface ErrorMessage {
  readonly error: Error;
  readonly method: string;
  readonly operation: FailedOperation;
  /** Undefined where the failure concerns no single call. */
  readonly key: string | undefined;
}

/** The publishing side of a channel of node:diagnostics_channel. */
interface Publisher<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

export const hitChannel: Publisher<HitMessage> = channel("class-cache:hit");
export const missChannel: Publisher<MissMessage> = channel("class-cache:miss");
export const storeChannel: Publisher<StoreMessage> = channel("class-cache:store");
export const errorChannel: Publisher<ErrorMessage> = channel("class-cache:error");
