import type { Backend } from "@class-cache/mapping";
import type { CallKey } from "../keys/call-key.ts";
import type { Limiter } from "./limiter.ts";
import type { CallContext, MemoSettings } from "../options/options.ts";
import type { Flight } from "./single-flight.ts";

/** Computes a call's result. */
export type Compute = (instance: unknown, args: readonly unknown[]) => unknown;

/** What a memo remembers the results of. */
export interface MemoSource {
  /** The mapping's id. */
  readonly id: string;
  /** The method for people, as in `Embedder.embed`. */
  readonly method: string;
  readonly callKey: CallKey;
  readonly settings: MemoSettings;
  /** Undefined: as configured. */
  readonly backend: Backend | undefined;
  /** Shared by the memos of one method in several classes; undefined: no limit. */
  readonly limiter: Limiter | undefined;
  readonly compute: Compute;
}

/** Told of the flights that one call begins, in the foreground and in the background. */
export interface FlightWatch {
  /** It has just begun, and has not reached the computation. */
  begun(flight: Flight): void;
  /** Milliseconds that the flight's result took to compute; undefined: as long as the computation ran. */
  costOf(flight: Flight): number | undefined;
}

/** One call on its way through the memo. */
export interface Call {
  readonly key: string;
  readonly instance: unknown;
  /** As the caller gave them. */
  readonly given: readonly unknown[];
  /** Without abort signals. */
  readonly args: readonly unknown[];
  readonly signals: readonly AbortSignal[] | undefined;
  /** In the place of the source's own. */
  readonly compute: Compute;
  readonly watch: FlightWatch | undefined;
}

/** Whether the method is to be run whatever is remembered. */
export function isForced(
  { method, settings: { forceFresh } }: MemoSource,
  instance: unknown,
  args: readonly unknown[],
): boolean {
  if (typeof forceFresh !== "function") return forceFresh;
  return forceFresh(args, { instance, method, args } satisfies CallContext);
}
