import { setImmediate } from "node:timers/promises";
import type { MutableMapping } from "@class-cache/mapping";
import type { Difference } from "./explain-differences.ts";
import { differencesOf } from "./explain-differences.ts";
import type { CallParts } from "./explain-parts.ts";
import { partsOf } from "./explain-parts.ts";

/** Stored calls that are compared at most. */
const MOST_COMPARED = 10_000;
/** After so many, other work of the process gets its turn. */
const AT_ONCE = 200;

/** A stored call, and how it differs from the one asked about. */
export interface Neighbour {
  readonly key: string;
  readonly storedAt: number;
  readonly differences: readonly Difference[];
  /** How far away it is; the first number counts most. */
  readonly distance: readonly number[];
}

/** What is stored around a call. */
export interface Neighbourhood {
  readonly nearest: Neighbour | undefined;
  /** The call itself is among what is stored. */
  readonly isStored: boolean;
  readonly compared: number;
  readonly hasMore: boolean;
}

/** Looks through a method's stored calls for the one that is most like a given one. */
export async function neighbourhoodOf(
  key: string,
  mapping: MutableMapping<string, unknown>,
): Promise<Neighbourhood> {
  const given = partsOf(key);
  let nearest: Neighbour | undefined;
  let compared = 0;
  if (given === undefined) return { nearest, isStored: false, compared, hasMore: false };
  for await (const { key: other, storedAt } of mapping.records()) {
    if (other === key) return { nearest: undefined, isStored: true, compared, hasMore: false };
    const parts = partsOf(other);
    if (parts === undefined) continue;
    if (compared === MOST_COMPARED) return { nearest, isStored: false, compared, hasMore: true };
    compared += 1;
    if (compared % AT_ONCE === 0) await setImmediate();
    const unequal = unequalParts(given, parts);
    if (nearest !== undefined && unequal.length > (nearest.distance[0] as number)) continue;
    const differences = differencesOf(given, parts);
    const distance = distanceOf(given, parts, unequal, differences.length, storedAt);
    const neighbour = { key: other, storedAt, differences, distance };
    if (nearest === undefined || isNearer(neighbour, nearest)) nearest = neighbour;
  }
  return { nearest, isStored: false, compared, hasMore: false };
}

const PARTS = ["version", "identity", "call"] as const;

type Part = (typeof PARTS)[number];

function unequalParts(given: CallParts, stored: CallParts): Part[] {
  return PARTS.filter((name) => given[name] !== stored[name]);
}

/**
 * Fewer parts that differ are nearer, then fewer places; then, the same arguments under another version
 * or on another instance rather than other arguments; then, the more alike their texts are; then, the
 * later it was stored.
 */
function distanceOf(
  given: CallParts,
  stored: CallParts,
  unequal: readonly Part[],
  places: number,
  storedAt: number,
): number[] {
  const unlike = unequal.reduce((sum, name) => sum + 1 - likeness(given[name], stored[name]), 0);
  return [unequal.length, places, given.call === stored.call ? 0 : 1, unlike, -storedAt];
}

/** Which share of the longer text both begin or end with alike. */
function likeness(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return (start + end) / Math.max(one.length, other.length);
}

function isNearer(one: Neighbour, other: Neighbour): boolean {
  for (const [at, far] of one.distance.entries()) {
    const otherFar = other.distance[at] ?? 0;
    if (far !== otherFar) return far < otherFar;
  }
  return false;
}
