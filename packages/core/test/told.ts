import type { Explanation } from "@class-cache/core";

/** What an explanation comes to, in short. */
export function told({ outcome, reason, source }: Explanation): unknown[] {
  return source === undefined ? [outcome, reason] : [outcome, reason, source];
}

/** The differences that an explanation names, in short. */
export function places({ differences }: Explanation): unknown[] {
  return differences.map(({ path, kind, given, stored }) => [path, kind, given, stored]);
}
