import type { Duration } from "./duration.ts";
import { milliseconds } from "./duration.ts";

/** A method's `ttl`, checked: milliseconds, or what gives the duration for each value. */
export type Lifetime = number | ((value: unknown) => Duration);

/** Whether an entry may still be answered with. The instant of expiry is no longer fresh. */
export function isFresh(expiresAt: number | undefined, now: number): boolean {
  return expiresAt === undefined || now < expiresAt;
}

/** For how many milliseconds a value may be remembered; 0: not at all, Infinity: for ever. */
export function lifetimeOf(ttl: Lifetime, value: unknown, option: string): number {
  return typeof ttl === "number" ? ttl : milliseconds(option, ttl(value));
}

/** When an entry stored now ceases to be fresh; undefined: never. */
export function expiryOf(lifetime: number, now: number): number | undefined {
  return lifetime === Infinity ? undefined : now + lifetime;
}
