import { hash } from "node:crypto";
import type { EncodeKeyOptions } from "@class-cache/mapping";
import { encodeKey } from "@class-cache/mapping";
import type { IdentityRules } from "./identity.ts";
import { keyableInstance } from "./identity.ts";
import type { CallContext, MemoSettings } from "../options/options.ts";
import { primitiveText } from "./primitive-text.ts";
import { RecentTexts } from "./recent-texts.ts";

/** Longer parts are replaced by their digest, which no user's key can imitate. */
const LONGEST_PART = 1024;
const UNDEFINED = encodeKey(undefined);

/** Tells the calls of one method apart, by a text: `[version,identity,arguments]`. */
export class CallKey {
  /** All that comes before the identity. */
  readonly #head: string;
  readonly #identity: IdentityRules | undefined;
  readonly #settings: MemoSettings;
  /** Of calls on instances with the identity `#recentIdentity`. */
  readonly #recent = new RecentTexts();
  #recentIdentity = "";

  /**
   * @param version what all texts begin with, canonical
   * @param identity undefined for functions, which have none
   */
  constructor(version: string, identity: IdentityRules | undefined, settings: MemoSettings) {
    this.#head = `[${version},`;
    this.#identity = identity;
    this.#settings = settings;
  }

  /**
   * @param args without abort signals
   * @throws UnkeyableError that names the part of the call which cannot be keyed
   */
  text(instance: unknown, args: readonly unknown[], method: string): string {
    const identity = this.#identityOf(instance);
    if (this.#settings.key !== undefined) return this.#textOf(identity, instance, args, method);
    if (identity !== this.#recentIdentity) {
      // Not worth anything before a second call on this identity.
      this.#recent.clear();
      this.#recentIdentity = identity;
      return this.#textOf(identity, instance, args, method);
    }
    const length = countedLength(args);
    let text = this.#recent.find(args, length);
    if (text === undefined) {
      text = this.#textOf(identity, instance, args, method);
      this.#recent.add(args, length, text);
    }
    return text;
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
    return this.#identity === undefined ? "null" : this.#identity.text(instance as object);
  }

  #beginning(identity: string): string {
    return `${this.#head}${bounded(identity)},`;
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
