import { describe, expect, test } from "@jest/globals";
import { cached } from "@class-cache/core";
import { gate, settled } from "../gate.ts";

export function describeAbort(): void {
  describe("abort", () => {
    test("a signal is no part of the key, alone or among options", async () => {
      let calls = 0;
      class Fetcher {
        @cached() async load(
          _url: string,
          _options: { signal?: AbortSignal; depth: number },
          _signal?: AbortSignal,
        ): Promise<number> {
          return (calls += 1);
        }
      }
      const fetcher = new Fetcher();
      const { signal } = new AbortController();
      expect(await fetcher.load("a", { depth: 1 })).toBe(1);
      expect(await fetcher.load("a", { depth: 1, signal })).toBe(1);
      expect(await fetcher.load("a", { depth: 1 }, signal)).toBe(1);
      expect(await fetcher.load("a", { depth: 2, signal }, signal)).toBe(2);
    });

    test("frees that caller at once with the reason, and nobody else", async () => {
      const { opened, open } = gate();
      let given: AbortSignal | undefined;
      class SecondFetcher {
        @cached() async load(_url: string, signal?: AbortSignal): Promise<string> {
          given = signal;
          await opened;
          return "loaded";
        }
      }
      const fetcher = new SecondFetcher();
      const [one, two] = [new AbortController(), new AbortController()];
      const first = fetcher.load("a", one.signal);
      const second = fetcher.load("a", two.signal);
      await settled();
      const reason = new Error("no longer wanted");
      one.abort(reason);
      await expect(first).rejects.toBe(reason);
      expect(given?.aborted).toBe(false);
      open();
      expect(await second).toBe("loaded");
      expect(given).not.toBe(one.signal);
    });

    test("stops the work when the last waiter has left, and remembers nothing of it", async () => {
      let calls = 0;
      let stopped = 0;
      class ThirdFetcher {
        @cached() async load({ signal }: { signal: AbortSignal }): Promise<number> {
          calls += 1;
          signal.addEventListener("abort", () => (stopped += 1));
          await settled();
          return calls;
        }
      }
      const fetcher = new ThirdFetcher();
      const [one, two] = [new AbortController(), new AbortController()];
      const first = fetcher.load({ signal: one.signal });
      const second = fetcher.load({ signal: two.signal });
      await Promise.resolve();
      one.abort();
      await expect(first).rejects.toHaveProperty("name", "AbortError");
      expect(stopped).toBe(0);
      two.abort();
      await expect(second).rejects.toHaveProperty("name", "AbortError");
      const third = fetcher.load({ signal: new AbortController().signal });
      expect(await third).toBe(calls);
      expect(await fetcher.load({ signal: new AbortController().signal })).toBe(calls);
    });

    test("an aborted signal rejects without computing", async () => {
      let calls = 0;
      class FourthFetcher {
        @cached() async load(_signal: AbortSignal): Promise<number> {
          return (calls += 1);
        }
      }
      const fetcher = new FourthFetcher();
      await expect(fetcher.load(AbortSignal.abort("gone"))).rejects.toBe("gone");
      expect(calls).toBe(0);
    });

    test("leaves no listeners behind", async () => {
      class FifthFetcher {
        @cached({ memory: false }) async load(_x: number, _signal: AbortSignal): Promise<number> {
          return 1;
        }
      }
      const fetcher = new FifthFetcher();
      const { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
      const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
      Object.assign(signal, {
        addEventListener: (...args: unknown[]) => {
          listeners += 1;
          add(...args);
        },
        removeEventListener: (...args: unknown[]) => {
          listeners -= 1;
          remove(...args);
        },
      });
      await Promise.all([1, 2, 1].map((x) => fetcher.load(x, signal)));
      expect(listeners).toBe(0);
    });
  });
}
