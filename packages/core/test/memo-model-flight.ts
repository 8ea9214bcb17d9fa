import type { Entry } from "./memo-model-remembered.ts";

/** A run of the method that has not ended. */
export interface Computation {
  readonly id: number;
  readonly key: string;
  /** What the method's own signal says; `"none"`: it was given none. */
  readonly signal: "none" | "given" | "aborted";
}

export const countNames = ["hits", "memoryHits", "stale", "misses", "errors"] as const;

export type Counts = Record<(typeof countNames)[number], number>;

export interface Caller {
  readonly id: number;
  readonly hasSignal: boolean;
  /** How many invalidations had been told of when it came to wait. */
  toldOf: number;
  flight: Flight | undefined;
}

/** What callers wait for together: a computation, or the moment at which it may begin. */
export interface Flight {
  readonly key: string;
  readonly isForced: boolean;
  /** For nobody but the store. */
  readonly isBackground: boolean;
  readonly hasSignal: boolean;
  toldOf: number;
  readonly configuration: number;
  /** The call that it began with; undefined: none, it is in the background. */
  readonly beginner: Caller | undefined;
  /** In the order in which they came, without those that have left. */
  callers: Caller[];
  /** Something newer was said about the key: what it brings is not remembered, nor waited for anew. */
  isSuperseded: boolean;
  /** It was invalidated since it last had to wait. */
  isInvalidated: boolean;
  /** Another that was to compute anew has stored its result since. */
  isOvertaken: boolean;
  isAbandoned: boolean;
  /** The answer if computing fails. */
  fallback: Entry | undefined;
  computation: number | undefined;
  computedAt: number;
}

/** What comes of a flight: of a computation, or of what was found. */
export interface Answer {
  readonly n: number;
  readonly isStale: boolean;
  readonly tags: readonly string[];
  readonly toldOf: number;
}

/** What a flight is begun in: the state of the model, or the flight that brings it about. */
type Origin = Pick<Flight, "toldOf" | "configuration"> & Partial<Pick<Flight, "hasSignal">>;

/** @param beginner undefined: it is in the background */
export function flightOf(
  key: string,
  isForced: boolean,
  beginner: Caller | undefined,
  { toldOf, configuration, hasSignal = false }: Origin,
): Flight {
  return {
    key,
    isForced,
    isBackground: beginner === undefined,
    hasSignal: beginner?.hasSignal ?? hasSignal,
    toldOf,
    configuration,
    beginner,
    callers: beginner === undefined ? [] : [beginner],
    isSuperseded: false,
    isInvalidated: false,
    isOvertaken: false,
    isAbandoned: false,
    fallback: undefined,
    computation: undefined,
    computedAt: 0,
  };
}

/** The call that a flight began with, unless that has left. */
export function waitingBeginnerOf({ beginner, callers }: Flight): Caller | undefined {
  return callers.find((caller) => caller === beginner);
}

/** What it brings may be remembered. */
export function isOfUse(flight: Flight): boolean {
  return !flight.isOvertaken && !isDiscarded(flight);
}

/** Something was said about the key in this process. */
export function isDiscarded({ isSuperseded, isInvalidated }: Flight): boolean {
  return isSuperseded || isInvalidated;
}

/** Those of the callers who came after what a flight knows of. */
export function lateFor(flight: Flight, callers: readonly Caller[]): readonly Caller[] {
  return callers.filter((caller) => caller !== flight.beginner && caller.toldOf > flight.toldOf);
}

/** It goes on after a wait, and knows of all that was told of before. */
export function renew(flight: Flight, toldOf: number): void {
  Object.assign(flight, { isInvalidated: false, isOvertaken: false, toldOf });
}

/** @param by a flight of the same key */
export function overtake(flight: Flight, by: Flight): void {
  if (flight !== by) flight.isOvertaken = true;
}
