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
  /** The result is past its time: it is renewed at the same time, or that failed or takes too long. */
  readonly stale: boolean;
  /** Milliseconds that it took to compute; undefined: unknown. */
  readonly cost: number | undefined;
}

/** On `class-cache:miss`: a computation begins. */
export interface MissMessage extends CallMessage {
  /** Nobody waits for it: a fresh or stale result was the answer, and is renewed. */
  readonly background: boolean;
}

/** On `class-cache:store`: a result was stored. */
export interface StoreMessage extends CallMessage {
  /** Milliseconds since the epoch; undefined: never. */
  readonly expiresAt: number | undefined;
  /** Milliseconds that it took to compute. */
  readonly cost: number | undefined;
}

/** On `class-cache:computed`: a computation ended, whether or not its result is remembered. */
export interface ComputedMessage extends CallMessage {
  /** As in the message of its beginning. */
  readonly background: boolean;
  /** Milliseconds that it took. */
  readonly cost: number;
  readonly failed: boolean;
  /** What it failed with. */
  readonly error: unknown;
}

/** On `class-cache:divergence`: the option `verify` found that a result is not what the method gives now. */
export interface DivergenceMessage extends CallMessage {
  readonly remembered: unknown;
  readonly computed: unknown;
}

/** On `class-cache:error`: something failed and the caller was spared it. */
export interface ErrorMessage {
  readonly error: Error;
  /** Undefined where a mapping or backend that is used by itself failed. */
  readonly method: string | undefined;
  /** Undefined where a mapping or backend that is used by itself failed. */
  readonly operation: FailedOperation | undefined;
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
export const computedChannel: Publisher<ComputedMessage> = channel("class-cache:computed");
export const storeChannel: Publisher<StoreMessage> = channel("class-cache:store");
export const divergenceChannel: Publisher<DivergenceMessage> = channel("class-cache:divergence");
export const errorChannel: Publisher<ErrorMessage> = channel("class-cache:error");
