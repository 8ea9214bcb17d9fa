import { cached, memoize, memoOf } from "@class-cache/core";
import type { MemoHandle } from "@class-cache/core";

// Compiled, never run: what the compiler must accept and refuse of streams under both kinds of decorators.

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_same: Equal<A, B>): void {}

class Accepted {
  @cached() async *lines(path: string, from?: number): AsyncGenerator<string, number> {
    yield `${path}${from}`;
    return 1;
  }

  @cached() async *inferred(x: number) {
    yield x;
    yield `${x}`;
  }

  @cached() async *iterable(): AsyncIterable<string> {
    yield "";
  }

  @cached() async *iterator(): AsyncIterableIterator<string> {
    yield "";
  }

  @cached() async *generic<T>(x: T): AsyncGenerator<T, T[]> {
    yield x;
    return [x];
  }

  @cached({
    ttl: (returned: number) => returned,
    tags: (returned, [path]: [string]) => [`${path}${returned}`],
    shouldCache: (returned) => returned > 1,
  })
  async *counted(_path: string): AsyncGenerator<string, number> {
    yield "";
    return 1;
  }

  @cached({ key: ([url]: [URL]) => url.href }) static async *made(_url: URL): AsyncGenerator<1> {
    yield 1;
  }

  *sync(): Generator<number> {
    yield 1;
  }
}

class Refused {
  // @ts-expect-error a generator that is not async
  @cached() *sync(): Generator<number> {
    yield 1;
  }

  // @ts-expect-error what it yields depends on what its consumer gives back
  @cached() async *asking(): AsyncGenerator<string, void, number> {
    const answer = yield "how many?";
    yield `${answer}`;
  }

  // @ts-expect-error the option's callback takes something else than the method returns
  @cached({ ttl: (returned: string) => returned.length })
  async *counted(): AsyncGenerator<string, number> {
    yield "";
    return 1;
  }
}

export function types(accepted: Accepted, _refused: Refused): void {
  same<Accepted["lines"], (path: string, from?: number) => AsyncGenerator<string, number>>(true);
  const items: AsyncGenerator<number | string, void, unknown> = accepted.inferred(1);
  const generic: AsyncGenerator<"a", "a"[]> = accepted.generic<"a">("a");
  void [items, generic];

  const memo = memoOf(accepted, "lines");
  same<typeof memo, MemoHandle<Accepted["lines"]>>(true);
  same<ReturnType<typeof memo.peek>, Promise<AsyncGenerator<string, number> | undefined>>(true);
  same<ReturnType<typeof memo.refresh>, AsyncGenerator<string, number>>(true);
  void memo.set(["path"], accepted.lines("other"));
  // @ts-expect-error arguments of another type
  memo.key(1);
  // @ts-expect-error items of another type
  void memo.set(["path"], accepted.inferred(1));
  // @ts-expect-error not async, so not decorated
  memoOf(accepted, "sync");
  void memoOf(Accepted, "lines").clear();

  const fn = memoize(
    async function* (to: number): AsyncGenerator<number, string> {
      yield to;
      return "end";
    },
    { id: "fn", ttl: (returned) => returned.length },
  );
  same<ReturnType<typeof fn>, AsyncGenerator<number, string>>(true);
  void fn.memo.peek(1).then((found) => found?.next());
}
