import { hash } from "node:crypto";
import type { EncodeKeyOptions } from "@class-cache/mapping";
import { encodeKey } from "@class-cache/mapping";
import type { IdentityRules } from "./identity.ts";
import { keyableInstance } from "./identity.ts";
import type { CallContext, MemoSettings } from "../options/options.ts";
import { primitiveText } from "./primitive-text.ts";
import type { KnownCall } from "./recent-calls.ts";
import { RecentCalls } from "./recent-calls.ts";

/** Longer parts are replaced by their digest, which no user's key can imitate. */
const LONGEST_PART = 1024;
const NO_IDENTITY = "null";
const UNDEFINED = encodeKey(undefined);

/** Tells the calls of one method apart, by a text: `[version,identity,arguments]`. */
export class CallKey {
  /** All that comes before the identity. */
  readonly #head: string;
  readonly #identity: IdentityRules | undefined;
  readonly #settings: MemoSettings;
  /** Of calls on instances with the identity `#recentIdentity`. */
  readonly #recent = new RecentCalls();
  #recentIdentity: string;

  /**
   * @param version what all texts begin with, canonical
   * @param identity undefined for functions, which have none
   */
  constructor(version: string, identity: IdentityRules | undefined, settings: MemoSettings) {
    this.#head = `[${version},`;
    this.#identity = identity;
    this.#recentIdentity = identity === undefined ? NO_IDENTITY : "";
    this.#settings = settings;
  }

  /**
   * @param args without abort signals
   * @throws UnkeyableError that names the part of the call which cannot be keyed
   */
  text(instance: unknown, args: readonly unknown[], method: string): string {
    return this.of(instance, args, method).text;
  }

  /**
   * The same, with what was found under the key when such a call was last made.
   *
   * @param isNew `recent` does not know the call
   */
  of(instance: unknown, args: readonly unknown[], method: string, isNew = false): KnownCall {
    const identity = this.#identityOf(instance);
    if (this.#settings.key !== undefined) return this.#make(identity, instance, args, method);
    if (identity !== this.#recentIdentity) {
      // Not worth anything before a second call on this identity.
      this.#recent.clear();
      this.#recentIdentity = identity;
      return this.#make(identity, instance, args, method);
    }
    const length = countedLength(args);
    let call = isNew && length === args.length ? undefined : this.#recent.find(args, length);
    if (call === undefined) {
      call = this.#make(identity, instance, args, method);
      this.#recent.add(args, length, call, (others) =>
        this.#textOf(identity, instance, others, method),
      );
    }
    return call;
  }

  /**
   * What is known of a call that was made lately with the same primitive arguments, as many as they
   * are. @throws what `of` throws
   */
  recent(instance: unknown, args: readonly unknown[]): KnownCall | undefined {
    const identity = this.#identity;
    if (identity !== undefined && identity.text(instance as object) !== this.#recentIdentity) {
      return undefined;
    }
    return this.#recent.find(args, args.length);
  }

  /** Whether the call still has this text: its instance and arguments may have been changed since. */
  isStill(text: string, instance: unknown, args: readonly unknown[], method: string): boolean {
    try {
      return args.some(isChangeable)
        ? this.text(instance, args, method) === text
        : text.startsWith(this.#beginning(this.#identityOf(instance)));
    } catch {
      // It could be keyed before, and something in it cannot now.
      return false;
    }
  }

  #identityOf(instance: unknown): string {
    return this.#identity === undefined ? NO_IDENTITY : this.#identity.text(instance as object);
  }

  #beginning(identity: string): string {
    return `${this.#head}${bounded(identity)},`;
  }

  #make(identity: string, instance: unknown, args: readonly unknown[], method: string): KnownCall {
    return { text: this.#textOf(identity, instance, args, method), found: undefined };
  }

  #textOf(identity: string, instance: unknown, args: readonly unknown[], method: string): string {
    const { key, ignoreArgs } = this.#settings;
    const call =
      key === undefined
        ? argumentsText(ignoreArgs.length === 0 ? args : without(args, ignoreArgs))
        : ownKeyText(key(args, { instance, method, args } satisfies CallContext));
    return `${this.#beginning(identity)}${bounded(call)}]`;
  }
}

function isChangeable(arg: unknown): boolean {
  return (typeof arg === "object" && arg !== null) || typeof arg === "function";
}

/** How many arguments count: undefined at the end is as good as left out. */
function countedLength(args: readonly unknown[]): number {
  let { length } = args;
  while (length > 0 && args[length - 1] === undefined) length -= 1;
  return length;
}

/** The canonical text of the arguments as an array. */
function argumentsText(args: readonly unknown[]): string {
  const length = countedLength(args);
  let text = "[";
  for (let at = 0; at < length; at += 1) {
    const arg = args[at];
    if (at > 0) text += ",";
    text += primitiveText(arg) ?? (arg === undefined ? UNDEFINED : encodeKey(arg, rootOf(at)));
  }
  return `${text}]`;
}

/** Marked, so that it never equals the text of arguments as they were. */
function ownKeyText(key: Parameters<typeof encodeKey>[0]): string {
  return `{"$key":${encodeKey(key, OWN_KEY)}}`;
}

const OWN_KEY: EncodeKeyOptions = { root: "key", instance: keyableInstance };
const roots: EncodeKeyOptions[] = [];

function rootOf(at: number): EncodeKeyOptions {
  return (roots[at] ??= { root: `args[${at}]`, instance: keyableInstance });
}

function without(args: readonly unknown[], positions: readonly number[]): readonly unknown[] {
  return args.map((arg, at) => (positions.includes(at) ? undefined : arg));
}

function bounded(text: string): string {
  return text.length <= LONGEST_PART ? text : `{"$digest":"${hash("sha256", text, "hex")}"}`;
}
