import type { Backend, Key, MutableMapping, OpenOptions } from "@class-cache/mapping";

/** A backend that fails, and that is slow, on request. */
export interface FlakyBackend extends Backend {
  /** Writes fail. */
  failing: boolean;
  /** Reads fail. */
  unreadable: boolean;
  /** What every operation waits for before it begins. */
  pause: (() => Promise<void>) | undefined;
  /** From now on writes wait for `release()`. */
  hold(): void;
  /** The answer of the next read waits for `release()`. Resolves when it is there. */
  holdAnswer(): Promise<void>;
  release(): void;
  /** Resolves when a write is waiting. */
  held: Promise<void>;
}

const WRITES = new Set(["set", "setMany", "delete", "deleteMany", "clear"]);
const READS = new Set(["get", "lookup", "has", "getMany", "hasMany", "size"]);

export function flaky(inner: Backend): FlakyBackend {
  let gate: PromiseWithResolvers | undefined;
  let arrival = withResolvers();
  let answered: PromiseWithResolvers | undefined;
  let answer: { gate: PromiseWithResolvers; arrival: PromiseWithResolvers } | undefined;
  const state = {
    failing: false,
    unreadable: false,
    pause: undefined as (() => Promise<void>) | undefined,
    held: arrival.promise,
    hold(): void {
      gate = withResolvers();
      arrival = withResolvers();
      state.held = arrival.promise;
    },
    holdAnswer(): Promise<void> {
      answer = { gate: withResolvers(), arrival: withResolvers() };
      return answer.arrival.promise;
    },
    release(): void {
      answered?.resolve();
      gate?.resolve();
      gate = undefined;
    },
    open<K extends Key, V>(id: string, options?: OpenOptions): MutableMapping<K, V> {
      return overlay(inner.open<K, V>(id, options), (name, call) => async (...args: unknown[]) => {
        if (state.pause !== undefined) await state.pause();
        if (WRITES.has(name)) {
          if (gate !== undefined) {
            arrival.resolve();
            await gate.promise;
          }
          if (state.failing) throw new Error("out of space");
        }
        if (READS.has(name) && state.unreadable) throw new Error("unreadable");
        const held = READS.has(name) ? answer : undefined;
        if (held === undefined) return call(...args);
        answer = undefined;
        const result: unknown = await call(...args);
        answered = held.gate;
        held.arrival.resolve();
        await held.gate.promise;
        return result;
      });
    },
  };
  return overlayProperties(inner, state) as unknown as FlakyBackend;
}

type Call = (...args: unknown[]) => unknown;

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  resolve(): void;
}

function withResolvers(): PromiseWithResolvers {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function overlay<T extends object>(target: T, wrap: (name: string, call: Call) => Call): T {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member !== "function") return member;
      const call = member.bind(object) as Call;
      const wrapped = typeof name === "string" && (WRITES.has(name) || READS.has(name));
      return wrapped ? wrap(name, call) : call;
    },
  });
}

function overlayProperties(target: object, state: object): object {
  return new Proxy(target, {
    get(object, name) {
      if (name in state) return Reflect.get(state, name, state) as unknown;
      const member: unknown = Reflect.get(object, name, object);
      return typeof member === "function" ? (member.bind(object) as unknown) : member;
    },
    set: (_object, name, value) => Reflect.set(state, name, value, state),
  });
}
