import { cacheable, cached, memoize, memoOf, transient } from "@class-cache/core";
import type { Loose, MemoHandle } from "@class-cache/core";

// Compiled, never run: what the compiler must accept and refuse under both kinds of decorators.

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_same: Equal<A, B>): void {}

@cacheable({ id: "accepted", identity: (accepted: Accepted) => accepted.name })
class Accepted {
  name = "x";
  @transient socket = (): void => undefined;

  @cached() async text(x: number, y?: string): Promise<string> {
    return `${x}${y}`;
  }

  @cached({ ttl: "10m", version: 2 }) static async made(): Promise<Accepted[]> {
    return [];
  }

  @cached() async pick<K extends keyof this>(name: K): Promise<this[K]> {
    return this[name];
  }

  overloaded(x: string): Promise<string>;
  overloaded(x: number): Promise<number>;
  @cached() async overloaded(x: string | number): Promise<string | number> {
    return x;
  }

  @cached() async bound(this: Accepted, x: number): Promise<number> {
    return x;
  }

  @cached({ ttl: (value: string) => (value === "" ? 0 : "1 day") }) async aged(): Promise<string> {
    return "";
  }

  @cached({ key: ([url]: [URL, string]) => url.href }) async keyed(
    _url: URL,
    _x: string,
  ): Promise<number> {
    return 1;
  }

  @cached({ key: (args) => args[0], shouldCache: (value) => value !== null })
  async inferred(_x: string): Promise<string | null> {
    return null;
  }

  @cached() private async hidden(): Promise<number> {
    return 1;
  }

  async shown(): Promise<number> {
    return this.hidden();
  }

  async plain(): Promise<number> {
    return 1;
  }

  sync(): number {
    return 1;
  }
}

class Refused {
  // @ts-expect-error a method that returns no promise
  @cached() sync(): number {
    return 1;
  }

  // @ts-expect-error a method that may return no promise
  @cached() sometimes(): Promise<number> | undefined {
    return undefined;
  }

  // @ts-expect-error nothing is known of any
  @cached() any(): Loose {
    return 1;
  }

  // @ts-expect-error the option's callback takes another value
  @cached({ ttl: (value: string) => value.length }) async number(): Promise<number> {
    return 1;
  }

  // @ts-expect-error the option's callback takes other arguments
  @cached({ key: ([x]: [string]) => x }) async keyed(_x: number): Promise<number> {
    return 1;
  }

  // @ts-expect-error a unit that is none
  @cached({ ttl: "10 parsecs" }) async far(): Promise<number> {
    return 1;
  }

  // @ts-expect-error an option that is none
  @cached({ tll: 10 }) async misspelt(): Promise<number> {
    return 1;
  }

  // @ts-expect-error not a method
  @cached() get got(): Promise<number> {
    return Promise.resolve(1);
  }
}

export function types(accepted: Accepted, _refused: Refused): void {
  same<Accepted["text"], (x: number, y?: string) => Promise<string>>(true);
  same<ReturnType<typeof Accepted.made>, Promise<Accepted[]>>(true);
  const picked: Promise<string> = accepted.pick("name");
  const overloaded = memoOf(accepted, "overloaded");
  const peekedText: Promise<string | undefined> = overloaded.peek("x");
  const peekedNumber: Promise<number | undefined> = overloaded.peek(1);
  void overloaded.set(["x"], "text");
  void overloaded.set([1], 2);
  // @ts-expect-error a result of the other signature
  void overloaded.set([1], "text");
  // @ts-expect-error what no signature takes
  overloaded.key(true);
  const named: Promise<unknown> = memoOf(accepted, "pick").peek("name");
  // @ts-expect-error no key of the class
  memoOf(accepted, "pick").key("none");
  void [peekedText, peekedNumber, named];
  const text: Promise<string> = accepted.overloaded("x");
  const number: Promise<number> = accepted.overloaded(1);
  void [picked, text, number];

  const memo = memoOf(accepted, "text");
  same<typeof memo, MemoHandle<(x: number, y?: string) => Promise<string>>>(true);
  same<ReturnType<typeof memo.peek>, Promise<string | undefined>>(true);
  same<ReturnType<typeof memo.refresh>, Promise<string>>(true);
  memo.key(1, "x");
  void memo.set([1], "x");
  // @ts-expect-error arguments of another type
  memo.key("x");
  // @ts-expect-error a value of another type
  void memo.set([1], 1);
  // @ts-expect-error not async, so not decorated
  memoOf(accepted, "sync");
  // @ts-expect-error no such method
  memoOf(accepted, "none");
  void memoOf(Accepted, "made").peek();
  void memoOf(Accepted, "text").clear();
  // @ts-expect-error a class stands for all of its instances
  void memoOf(Accepted, "text").has(1);

  const fn = memoize(async (x: number) => `${x}`, { id: "fn", ttl: (value) => value.length });
  same<Parameters<typeof fn>, [x: number]>(true);
  void fn(1).then((value) => value.length);
  void fn.memo.peek(1).then((value) => value?.length);
  const generic = memoize(async <T>(x: T): Promise<T> => x, { id: "generic" });
  const kept: Promise<"a"> = generic<"a">("a");
  void kept;
  // @ts-expect-error a function that returns no promise
  memoize((x: number) => x, { id: "sync" });
  // @ts-expect-error an id is needed
  memoize(async () => 1, {});
}
