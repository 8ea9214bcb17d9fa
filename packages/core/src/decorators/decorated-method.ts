import type { Backend } from "@class-cache/mapping";
import { OptionError } from "@class-cache/mapping";
import type { Batching } from "../batch/batching.ts";
import { CallKey } from "../keys/call-key.ts";
import { classChain } from "../keys/class-chain.ts";
import { classIdOf, classNameOf, escapeId } from "../keys/class-id.ts";
import { classOfOwner, identityOfOwner, ownerOf } from "../keys/identity.ts";
import { Limiter } from "../memo/limiter.ts";
import { Memo } from "../memo/memo.ts";
import type { MemoSource } from "../memo/memo-source.ts";
import type { ScopedDeclaration } from "../keys/metadata.ts";
import { classDeclaration, declareMethod, methodDeclaration } from "../keys/metadata.ts";
import type { AnyMethod } from "../options/only-async.ts";
import type { MemoSettings } from "../options/options.ts";
import { isYielding, StreamMemo } from "../stream/stream-memo.ts";
import { notIterable, refuseForStreams } from "../stream/stream-options.ts";
import { streamReader } from "../stream/stream-reader.ts";
import { versionText } from "../keys/version-text.ts";

/** Where a decorated method stands. */
export interface MethodPlace {
  readonly name: string | symbol;
  readonly isStatic: boolean;
  readonly isPrivate: boolean;
  /** The prototype or class that it was declared on, where the decorator was told. */
  readonly home: object | undefined;
  /** The scope of the file that it is written in. */
  readonly scope: string;
}

/** Which method of a class's instances (or of the class) stores under which name. */
const methodsByOwner = new WeakMap<object, Map<string, DecoratedMethod>>();

/** A method that `cached` stands on: the function that takes its place, and a memo for each class. */
export class DecoratedMethod implements ScopedDeclaration {
  readonly scope: string;
  readonly isStatic: boolean;
  /** Stands on the class in the place of the original. */
  readonly replacement: AnyMethod;
  readonly #original: AnyMethod;
  readonly #place: MethodPlace;
  readonly #settings: MemoSettings;
  readonly #limiter: Limiter | undefined;
  readonly #batching: Batching | undefined;
  readonly #memos = new WeakMap<object, Memo>();
  readonly #streamMemos = new WeakMap<object, StreamMemo>();
  readonly #claimed = new WeakSet<object>();
  /** The class that was called last is nearly always the next; not of batches. */
  #lastOwner: object | undefined;
  #lastMemo: Memo | undefined;

  /** @param batching where the method takes items and gives their results */
  constructor(
    original: AnyMethod,
    place: MethodPlace,
    settings: MemoSettings,
    batching?: Batching,
  ) {
    this.#batching = batching;
    this.scope = place.scope;
    this.isStatic = place.isStatic;
    this.#original = original;
    this.#place = place;
    this.#settings = settings;
    if (settings.concurrency !== Infinity) this.#limiter = new Limiter(settings.concurrency);
    if (this.isStream) refuseForStreams(this.#decorator, settings);
    this.replacement = replacementOf(original, this);
    declareMethod(this.replacement, this);
  }

  /** Whether its memo is one of items, each with a result of its own. */
  get isBatch(): boolean {
    return this.#batching !== undefined;
  }

  /** Whether it yields, and its memo is one of streams. */
  get isStream(): boolean {
    return this.#batching === undefined && isYielding(this.#original);
  }

  /** What `memoOf` is for others, for a method that yields. */
  streamMemoOf(instance: object): StreamMemo {
    const owner = this.isStatic ? instance : ownerOf(instance);
    let memo = this.#streamMemos.get(owner);
    if (memo === undefined) {
      memo = new StreamMemo(this.#makeSource(owner));
      this.#streamMemos.set(owner, memo);
    }
    return memo;
  }

  /** The memo of the class that an object belongs to; of a class itself for a static method. */
  memoOf(instance: object): Memo {
    const owner = this.isStatic ? instance : ownerOf(instance);
    let memo = this.#memos.get(owner);
    if (memo === undefined) {
      memo = new Memo(this.#makeSource(owner));
      this.#memos.set(owner, memo);
    }
    if (this.#batching === undefined) {
      this.#lastOwner = owner;
      this.#lastMemo = memo;
    }
    return memo;
  }

  /**
   * The memo that all instances of a class share.
   *
   * @param prototype the class's
   */
  memoOfInstances(prototype: object): Memo {
    return this.memoOf(Object.create(prototype) as object);
  }

  /**
   * Takes the method's name in storage for it.
   *
   * @throws OptionError when another method has it
   */
  claim(owner: object): void {
    if (this.#claimed.has(owner)) return;
    let methods = methodsByOwner.get(owner);
    if (methods === undefined) {
      methods = new Map();
      methodsByOwner.set(owner, methods);
    }
    const id = this.#idOn(owner);
    const other = methods.get(id);
    if (other !== undefined && other !== this) {
      throw new OptionError(
        `${this.#decorator}({ id }) of ${this.#label(classOfOwner(owner))}`,
        "an id that no other method of the class has",
        id,
      );
    }
    methods.set(id, this);
    this.#claimed.add(owner);
  }

  /**
   * Answers a call with what is remembered, else with the original.
   *
   * @param owner the prototype of the instance; for a static method, the class
   */
  call(owner: unknown, instance: unknown, args: readonly unknown[]): Promise<unknown> {
    try {
      const memo = owner === this.#lastOwner ? this.#lastMemo : undefined;
      return memo === undefined
        ? this.#call(this.#checkInstance(instance), args)
        : (memo.quick(instance, args) ?? memo.answer(instance, args));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** The same for a method that yields. */
  stream(instance: unknown, args: readonly unknown[]): AsyncGenerator {
    return streamReader(() =>
      this.streamMemoOf(this.#checkInstance(instance)).open(instance, args),
    );
  }

  #call(instance: object, args: readonly unknown[]): Promise<unknown> {
    const memo = this.memoOf(instance);
    return this.#batching === undefined
      ? memo.call(instance, args)
      : this.#batching.call(memo, instance, args);
  }

  #checkInstance(instance: unknown): object {
    if (typeof instance === (this.isStatic ? "function" : "object") && instance !== null) {
      return instance as object;
    }
    throw new OptionError(
      `The object that ${String(this.#place.name)}() is called on`,
      `${this.isStatic ? "the class" : "an instance of the class"} that has the method ` +
        "(a method taken off its object must be bound to it)",
      instance,
    );
  }

  #makeSource(owner: object): MemoSource {
    const constructor = classOfOwner(owner);
    for (const method of resolvedMethods(owner)) method.claim(owner);
    this.claim(owner);
    const settings = this.#settings;
    const original = this.#original;
    const batching = this.#batching;
    const method = this.#label(constructor);
    return {
      id: this.#idOn(owner),
      method,
      callKey: new CallKey(
        versionText(settings.version, original, constructor),
        identityOfOwner(owner),
        settings,
      ),
      settings,
      backend: settings.backend ?? backendOf(constructor),
      limiter: this.#limiter,
      compute:
        batching !== undefined
          ? (instance, args) => batching.one(method, instance, args)
          : this.isStream
            ? (instance, args) => original.apply(instance, args as unknown[])
            : (instance, args) => notIterable(method, original.apply(instance, args as unknown[])),
    };
  }

  /** The id of the mapping that holds the results of this method, called on this class. */
  #idOn(owner: object): string {
    const constructor = classOfOwner(owner);
    const home = this.#homeIn(owner);
    let id = classIdOf(constructor, this.scope);
    // Called by a method that overrides it: its results are not those of the class's own method.
    if (home !== undefined && this.#isOverridden(owner, home)) {
      id += `~super~${classIdOf(classOfOwner(home), this.scope)}`;
    }
    return `${id}.${this.isStatic ? "static." : ""}${this.#methodId()}`;
  }

  #methodId(): string {
    const { name, isPrivate } = this.#place;
    if (this.#settings.id === undefined && typeof name === "symbol") {
      throw new OptionError(
        `${this.#decorator}({ id })`,
        `given for a method that is named by a symbol (${String(name)})`,
        undefined,
      );
    }
    const given = this.#settings.id ?? (name as string);
    const bare = given.replace(/^#/, "");
    if (this.#settings.id === undefined && isPrivate) return `#${escapeId(bare)}`;
    return given === bare ? escapeId(given) : `%23${escapeId(bare)}`;
  }

  get #decorator(): string {
    return this.isBatch ? "cachedBatch" : "cached";
  }

  #label(constructor: Function): string {
    return `${classNameOf(constructor)}.${this.#settings.id ?? String(this.#place.name)}`;
  }

  /** The prototype or class among the owner and its parents that the method was declared on. */
  #homeIn(owner: object): object | undefined {
    if (this.#place.isPrivate) return this.isStatic ? owner : undefined;
    const found = chainOf(owner).find(
      (at) => Object.getOwnPropertyDescriptor(at, this.#place.name)?.value === this.replacement,
    );
    return found ?? this.#place.home;
  }

  #isOverridden(owner: object, home: object): boolean {
    for (const at of chainOf(owner)) {
      if (at === home) return false;
      if (Object.hasOwn(at, this.#place.name)) return true;
    }
    throw new OptionError(
      `The object that ${String(this.#place.name)}() is called on`,
      "an instance of the class that has the method",
      owner,
    );
  }
}

/** The function that stands on the class in the place of the original. */
function replacementOf(original: AnyMethod, method: DecoratedMethod): AnyMethod {
  const replacement = method.isStream
    ? function (this: unknown, ...args: unknown[]): AsyncGenerator {
        return method.stream(this, args);
      }
    : method.isStatic
      ? function (this: unknown, ...args: unknown[]): Promise<unknown> {
          return method.call(this, this, args);
        }
      : function (this: unknown, ...args: unknown[]): Promise<unknown> {
          return method.call(prototypeOf(this), this, args);
        };
  for (const name of ["name", "length"] as const) {
    Object.defineProperty(replacement, name, { value: original[name], configurable: true });
  }
  return replacement;
}

function prototypeOf(instance: unknown): unknown {
  return instance === undefined || instance === null
    ? instance
    : (Object.getPrototypeOf(instance) as unknown);
}

/** An owner of methods and what it inherits from, nearest first. */
function chainOf(owner: object): readonly object[] {
  const chain: object[] = [];
  for (
    let at: object | null = owner;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    chain.push(at);
  }
  return chain;
}

/** The decorated methods that calls on this owner come to. */
function resolvedMethods(owner: object): readonly DecoratedMethod[] {
  const byName = new Map<string | symbol, unknown>();
  for (const at of chainOf(owner)) {
    for (const name of Reflect.ownKeys(at)) {
      if (byName.has(name)) continue;
      byName.set(name, Object.getOwnPropertyDescriptor(at, name)?.value);
    }
  }
  return [...byName.values()]
    .map(methodDeclaration)
    .filter((declaration) => declaration instanceof DecoratedMethod);
}

function backendOf(constructor: Function): Backend | undefined {
  for (const parent of classChain(constructor)) {
    const backend = classDeclaration(parent)?.backend;
    if (backend !== undefined) return backend;
  }
  return undefined;
}
