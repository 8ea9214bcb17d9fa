import type { Clock } from "./clock.ts";
import { OptionError } from "./errors.ts";

/** An entry as a backend holds it: bytes and what is known of them. */
export interface StoredEntry {
  readonly value: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  /** Milliseconds since the epoch; undefined: never. */
  readonly expiresAt: number | undefined;
  /** Milliseconds that the value took to compute; undefined: unknown. */
  readonly cost: number | undefined;
}

/** A stored entry without its value. */
export interface StoredRecord {
  /** The canonical text of the key. */
  readonly key: string;
  /** Size of the encoded value. */
  readonly bytes: number;
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
  readonly cost: number | undefined;
}

/** A record and the mapping it lies in. */
export interface PlacedRecord extends StoredRecord {
  /** The mapping's id. */
  readonly mapping: string;
}

/** Whether an entry has ceased to exist. The clock is asked only where that matters. */
export function hasExpired(
  { expiresAt }: { readonly expiresAt: number | undefined },
  clock: Clock,
): boolean {
  return expiresAt !== undefined && !(expiresAt > clock.now());
}

/** An entry exists up to, and not at, the moment of its expiry. */
export function isLive(entry: { readonly expiresAt: number | undefined }, now: number): boolean {
  return entry.expiresAt === undefined || entry.expiresAt > now;
}

/**
 * @param name of the option that gives it
 * @throws OptionError when it is no time
 */
export function checkTime(time: number | undefined, name: string): number | undefined {
  if (time === undefined) return undefined;
  if (typeof time !== "number" || Number.isNaN(time)) {
    throw new OptionError(name, "a number of milliseconds", time);
  }
  return time;
}
