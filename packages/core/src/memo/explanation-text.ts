import { inspect } from "node:util";
import type { Key } from "@class-cache/mapping";
import { identity, InstanceKey } from "@class-cache/mapping";
import ms from "ms";
import type { Difference } from "./explain-differences.ts";
import type { Explanation, MissReason } from "./explanation.ts";

/** What the sentence is made of. */
export type Explained = Omit<Explanation, "text" | "toString">;

const MOST_SHOWN = 5;
const LONGEST_SHOWN = 60;
/** So much of two long texts is shown before the first sign in which they differ. */
const SHOWN_BEFORE = 20;

/** An explanation as a sentence. */
export function explanationText(explained: Explained, now: number): string {
  const { outcome, reason, source, method } = explained;
  const stored = storedText(explained, now);
  if (reason === "computing") return `${method} would wait for a computation that is under way.`;
  if (outcome === "hit") {
    const what = reason === "error" ? "would reject with a remembered error" : "would be a hit";
    const ahead = reason === "due" ? ", and be computed anew in the background" : "";
    return `${method} ${what}, from ${placeText(source)}${stored}${ahead}.`;
  }
  if (outcome === "stale") {
    const because =
      reason === "failing"
        ? "because computing it anew has just failed"
        : "and be computed anew in the background";
    return `${method} would be answered with a stale result from ${placeText(source)}${stored}, ${because}.`;
  }
  return `${method} would be computed: ${missText(reason as MissReason, explained, now)}.`;
}

function placeText(source: Explained["source"]): string {
  return source === "memory" ? "memory" : "the backend";
}

function storedText({ age, freshUntil }: Explained, now: number): string {
  if (age === undefined) return "";
  const stored = ` (stored ${duration(age)} ago`;
  if (freshUntil === undefined || freshUntil === Infinity) return `${stored})`;
  const rest = freshUntil - now;
  return rest > 0
    ? `${stored}, fresh for another ${duration(rest)})`
    : `${stored}, its time ran out ${duration(-rest)} ago)`;
}

const MISSES: Readonly<Partial<Record<MissReason, string>>> = {
  forced: "forceFresh asks for it",
  invalidated: "its result was invalidated",
  cleared: "the results of the method were cleared",
  gone: "its result was stored by this process and has been removed since, to keep within limits or by another process",
  damaged: "what is stored for it cannot be read",
  ttl: "the ttl of its last result was 0",
  shouldCache: "shouldCache did not want its last result remembered",
  rejected: "its last computation failed",
  changed: "its instance or an argument was changed before its last computation began",
  unstored: "its last result could not be stored",
  nothing: "nothing is stored for the method",
};

function missText(reason: MissReason, explained: Explained, now: number): string {
  const { tags, freshUntil, nearest, compared, hasMore } = explained;
  if (reason === "expired") {
    return `the time of its result ran out ${duration(now - (freshUntil ?? now))} ago`;
  }
  if (reason === "tags") {
    const names = tags.map((tag) => JSON.stringify(tag)).join(", ");
    return `${tags.length === 1 ? "its tag" : "its tags"} ${names} ${tags.length === 1 ? "was" : "were"} invalidated`;
  }
  if (nearest === undefined) return MISSES[reason] ?? reason;
  const { differences } = nearest;
  const shown = differences.slice(0, MOST_SHOWN).map(differenceText).join("; ");
  const rest = differences.length - MOST_SHOWN;
  const more = rest > 0 ? `; and in ${rest} more places` : "";
  const among = `${hasMore ? "the first " : ""}${compared} stored ${compared === 1 ? "call" : "calls"}`;
  return `nothing is stored for it; the nearest of ${among} differs in ${shown}${more}`;
}

function differenceText({ path, kind, given, stored }: Difference): string {
  if (kind === "digest") return `${path} (too long to be kept)`;
  if (kind === "added") return `${path} (${valueText(given)}, there absent)`;
  if (kind === "removed") return `${path} (absent, there ${valueText(stored)})`;
  const [one, other] = excerpts(given, stored);
  return `${path} (${valueText(one)}, there ${valueText(other)})`;
}

/** Of two long texts, where they begin to differ; everything else as it is. */
function excerpts(one: Key, other: Key): readonly [Key, Key] {
  if (typeof one !== "string" || typeof other !== "string") return [one, other];
  if (Math.max(one.length, other.length) <= LONGEST_SHOWN) return [one, other];
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const begin = Math.max(0, at - SHOWN_BEFORE);
  const cut = (text: string): string => {
    const end = begin + LONGEST_SHOWN;
    return `${begin > 0 ? "…" : ""}${text.slice(begin, end)}${end < text.length ? "…" : ""}`;
  };
  return [cut(one), cut(other)];
}

function valueText(value: Key): string {
  if (typeof value === "string") {
    const isLong = value.length > LONGEST_SHOWN + 2;
    return JSON.stringify(isLong ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
  }
  if (value instanceof InstanceKey) return `${value.className} ${valueText(value[identity]())}`;
  const options = { breakLength: Infinity, depth: 2, maxArrayLength: 8, maxStringLength: 60 };
  return inspect(value, options);
}

function duration(milliseconds: number): string {
  return ms(Math.round(milliseconds), { long: true });
}
