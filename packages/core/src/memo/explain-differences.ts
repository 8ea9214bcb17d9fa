import type { Key } from "@class-cache/mapping";
import { decodeKey, encodeKey, identity, InstanceKey } from "@class-cache/mapping";
import type { CallParts } from "./explain-parts.ts";
import { isPlainObject } from "../keys/plain-object.ts";

/** One place in which a call differs from a stored one. */
export interface Difference {
  /** As in `args[0].model`, `this.model`, `version` or, where the option `key` is given, `key`. */
  readonly path: string;
  /**
   * `"changed"`: the two have different values there. `"added"`: only the call has one. `"removed"`: only
   * the stored one has. `"digest"`: one of the two is longer than is kept in a key, so that no more can be
   * said; `given` and `stored` are undefined.
   */
  readonly kind: "changed" | "added" | "removed" | "digest";
  /** What the call has there. Class instances are shown as `InstanceKey`. */
  readonly given: Key;
  /** What the stored call has there. */
  readonly stored: Key;
}

const DIGEST = '{"$digest":';
const OWN_KEY = '{"$key":';

/** In what two calls differ, part by part. */
export function differencesOf(given: CallParts, stored: CallParts): Difference[] {
  const found: Difference[] = [];
  compareTexts("version", given.version, stored.version, found);
  compareTexts("this", given.identity, stored.identity, found);
  const isOwn = given.call.startsWith(OWN_KEY) && stored.call.startsWith(OWN_KEY);
  const [one, other] = [withoutMark(given.call), withoutMark(stored.call)];
  compareTexts(isOwn ? "key" : "args", one, other, found);
  // As they are, they are alike: one is a key of the user's own, the other one are arguments.
  if (found.length === 0 && given.call !== stored.call) {
    found.push({ path: "args", kind: "changed", given: decodeKey(one), stored: decodeKey(other) });
  }
  return found;
}

function withoutMark(call: string): string {
  return call.startsWith(OWN_KEY) ? call.slice(OWN_KEY.length, -1) : call;
}

function compareTexts(path: string, given: string, stored: string, found: Difference[]): void {
  if (given === stored) return;
  if (given.startsWith(DIGEST) || stored.startsWith(DIGEST)) {
    found.push({ path, kind: "digest", given: undefined, stored: undefined });
  } else compare(path, decodeKey(given), decodeKey(stored), found);
}

function compare(path: string, given: Key, stored: Key, found: Difference[]): void {
  if (encodeKey(given) === encodeKey(stored)) return;
  const before = found.length;
  if (given instanceof InstanceKey && stored instanceof InstanceKey) {
    if (given.className === stored.className) {
      compare(path, given[identity](), stored[identity](), found);
    }
  } else {
    const members = membersOf(given);
    const others = membersOf(stored);
    if (members !== undefined && members.kind === others?.kind) {
      compareMembers(path, members.byStep, others.byStep, found);
    }
  }
  if (found.length === before) found.push({ path, kind: "changed", given, stored });
}

type Members = ReadonlyMap<string, Key>;

function compareMembers(path: string, given: Members, stored: Members, found: Difference[]): void {
  for (const [step, value] of given) {
    const at = path + step;
    if (stored.has(step)) compare(at, value, stored.get(step), found);
    else found.push({ path: at, kind: "added", given: value, stored: undefined });
  }
  for (const [step, value] of stored) {
    if (given.has(step)) continue;
    found.push({ path: path + step, kind: "removed", given: undefined, stored: value });
  }
}

/** The parts of a value that can be compared one by one, by how a path leads to them. */
function membersOf(value: Key): { readonly kind: string; readonly byStep: Members } | undefined {
  if (Array.isArray(value)) {
    // forEach leaves holes out.
    const byStep = new Map<string, Key>();
    value.forEach((member: Key, at) => byStep.set(`[${at}]`, member));
    return { kind: "array", byStep };
  }
  if (value instanceof Map) {
    const entries = [...(value as Map<Key, Key>)];
    return {
      kind: "map",
      byStep: new Map(entries.map(([key, member]) => [`.get(${encodeKey(key)})`, member])),
    };
  }
  if (!isPlainObject(value)) return undefined;
  const names = Object.entries(value) as [string, Key][];
  return {
    kind: "object",
    byStep: new Map(names.map(([name, member]) => [propertyStep(name), member])),
  };
}

function propertyStep(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)
    ? `.${name}`
    : `[${JSON.stringify(name)}]`;
}
