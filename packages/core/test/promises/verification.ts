import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, test } from "@jest/globals";
import { cached, configure, memoize, memoizeBatch, memoOf, stats } from "@class-cache/core";
import { currentBackend } from "../current-backend.ts";
import { EventTrace } from "../event-trace.ts";
import { gate, settled } from "../gate.ts";

interface Told {
  readonly error: Error;
  readonly operation: string;
}

function listen(): Told[] {
  const told: Told[] = [];
  configure({ onError: (error, { operation }) => told.push({ error, operation }) });
  return told;
}

export function describeVerification(): void {
  describe("verify", () => {
    test("reports a result that is not what the method gives now, and keeps it", async () => {
      const told = listen();
      const published: unknown[] = [];
      const listener = (message: unknown): void => void published.push(message);
      subscribe("class-cache:divergence", listener);
      let rate = 1;
      class VerifiedRates {
        @cached({ verify: 1 }) async rate(_of: string): Promise<{ rate: number }> {
          return { rate };
        }
      }
      const rates = new VerifiedRates();
      await rates.rate("eur");
      rate = 2;
      expect(await rates.rate("eur")).toEqual({ rate: 1 });
      await settled();
      unsubscribe("class-cache:divergence", listener);
      const key = memoOf(rates, "rate").key("eur");
      expect(published).toEqual([
        { method: "VerifiedRates.rate", key, remembered: { rate: 1 }, computed: { rate: 2 } },
      ]);
      expect(told).toMatchObject([
        {
          operation: "verify",
          error: {
            code: "ERR_DIVERGENCE",
            key,
            remembered: { rate: 1 },
            computed: { rate: 2 },
          },
        },
      ]);
      expect(JSON.stringify(told[0]?.error)).not.toContain('rate":2');
      expect(stats()).toMatchObject({ misses: 1, hits: 1, verified: 1, divergences: 1, errors: 1 });
      expect(await rates.rate("eur")).toEqual({ rate: 1 });
      await settled();
    });

    test("finds nothing where the results are equal, whatever they are made of", async () => {
      const told = listen();
      const made = (): Record<string, unknown> => {
        const value: Record<string, unknown> = {
          nothing: undefined,
          numbers: [Number.NaN, -0, 0n],
          date: new Date(0),
          map: new Map([[{ a: 1 }, new Set([1])]]),
          bytes: new Uint8Array([1, 2]),
          error: new TypeError("no", { cause: 1 }),
          // oxlint-disable-next-line no-sparse-arrays
          sparse: [1, , 3],
        };
        value.self = value;
        return value;
      };
      const ask = memoize(async (n: number) => (n === 0 ? made() : Number.NaN), {
        id: "verified-equal",
        verify: 1,
      });
      for (const n of [0, 1]) {
        await ask(n);
        await ask(n);
      }
      await settled();
      expect(stats()).toMatchObject({ verified: 2, divergences: 0 });
      expect(told).toEqual([]);
    });

    test("tells apart what compares loosely", async () => {
      const pairs = [
        [0, -0],
        [null, undefined],
        [1, "1"],
        [{ a: undefined }, {}],
        [[1], { 0: 1 }],
      ];
      for (const [at, pair] of pairs.entries()) {
        let calls = 0;
        const ask = memoize(async () => pair[(calls += 1) - 1], {
          id: `verified-pair-${at}`,
          verify: 1,
        });
        await ask();
        await ask();
        await settled();
      }
      expect(stats()).toMatchObject({ verified: pairs.length, divergences: pairs.length });
    });

    test("verifies hits from the backend, too, and no stale ones", async () => {
      let calls = 0;
      const ask = memoize(async () => (calls += 1), { id: "verified-backend", verify: 1 });
      await ask();
      configure({ backend: currentBackend() });
      expect(await ask()).toBe(1);
      await settled();
      expect(stats()).toMatchObject({ misses: 1, verified: 1, divergences: 1 });
    });

    test("verifies a key once at a time, and takes no notice of events of a verification", async () => {
      const { opened, open } = gate();
      let calls = 0;
      const ask = memoize(
        async (n: number) => {
          calls += 1;
          if (calls > 1) await opened;
          return n;
        },
        { id: "verified-once", verify: 1 },
      );
      await ask(1);
      using trace = new EventTrace();
      for (let n = 0; n < 5; n += 1) await ask(1);
      await settled();
      expect(calls).toBe(2);
      open();
      await settled();
      expect(trace.take()).toEqual(Array.from({ length: 5 }, () => "hit(memory)"));
      expect(stats().verified).toBe(1);
      await ask(1);
      await settled();
      expect(calls).toBe(3);
    });

    test("lets the caller go on first, and spares it the failure of the method", async () => {
      const told = listen();
      let calls = 0;
      const ask = memoize(
        async () => {
          calls += 1;
          if (calls > 1) throw new Error("down");
          return 1;
        },
        { id: "verified-failing", verify: 1 },
      );
      await ask();
      expect(await ask()).toBe(1);
      expect(calls).toBe(1);
      await settled();
      expect(calls).toBe(2);
      expect(told).toMatchObject([{ operation: "verify", error: { message: "down" } }]);
      expect(stats()).toMatchObject({ verified: 0, divergences: 0, errors: 1 });
    });

    test("gives no verdict where instance, arguments or what is remembered changed meanwhile", async () => {
      class VerifiedChanging {
        state = "a";
        gate: { opened: Promise<void> } = { opened: Promise.resolve() };
        @cached({ verify: 1, ignoreArgs: [1] })
        async ask(of: { text: string }, wait: { opened: Promise<void> }): Promise<string> {
          await wait.opened;
          return this.state + of.text;
        }
      }
      const asked = new VerifiedChanging();
      Object.defineProperty(asked, "gate", { enumerable: false });
      const none = { opened: Promise.resolve() };
      const of = { text: "x" };
      await asked.ask(of, none);

      const first = gate();
      await asked.ask(of, first);
      await settled();
      asked.state = "b";
      first.open();
      await settled();
      asked.state = "a";

      await asked.ask(of, none);
      of.text = "y";
      await settled();
      of.text = "x";
      expect(stats()).toMatchObject({ verified: 0, divergences: 0 });

      let calls = 0;
      const second = gate();
      const changing = memoize(
        async () => {
          calls += 1;
          if (calls === 2) await second.opened;
          return calls;
        },
        { id: "verified-refreshed", verify: 1 },
      );
      await changing();
      await changing();
      await settled();
      await new Promise((resolve) => setTimeout(resolve, 5));
      await changing.memo.set([], 10);
      second.open();
      await settled();
      expect(stats()).toMatchObject({ verified: 1, divergences: 0 });
    });

    test("does not verify what a verification calls", async () => {
      let calls = 0;
      const fibonacci = memoize(
        async (n: number): Promise<number> => {
          calls += 1;
          return n < 2 ? n : (await fibonacci(n - 1)) + (await fibonacci(n - 2));
        },
        { id: "verified-fibonacci" },
      );
      await fibonacci(20);
      calls = 0;
      const verified = memoize(
        async (n: number): Promise<number> => {
          calls += 1;
          return n < 2 ? n : (await verified(n - 1)) + (await verified(n - 2));
        },
        { id: "verified-fibonacci-too", verify: 1 },
      );
      await verified(20);
      await settled();
      const inFirst = calls;
      calls = 0;
      await verified(20);
      await settled();
      expect(calls).toBe(1);
      expect(inFirst).toBeLessThan(100);
      expect(stats().divergences).toBe(0);
    });

    test("gives the method a signal of its own, and keeps within the concurrency", async () => {
      const signals: AbortSignal[] = [];
      let running = 0;
      let most = 0;
      const ask = memoize(
        async (_n: number, signal: AbortSignal) => {
          signals.push(signal);
          running += 1;
          most = Math.max(most, running);
          await settled();
          running -= 1;
          signal.throwIfAborted();
          return 1;
        },
        { id: "verified-signal", verify: 1, concurrency: 1 },
      );
      const controller = new AbortController();
      await Promise.all([1, 2, 3].map((n) => ask(n, controller.signal)));
      await Promise.all([1, 2, 3].map((n) => ask(n, controller.signal)));
      controller.abort();
      for (let turn = 0; turn < 10; turn += 1) await settled();
      expect(signals).toHaveLength(6);
      expect(most).toBe(1);
      expect(stats()).toMatchObject({ verified: 3, divergences: 0, errors: 0 });
    });

    test("verifies about the share asked for, and nothing by default", async () => {
      let calls = 0;
      const some = memoize(async (n: number) => (calls += n), { id: "verified-some", verify: 0.5 });
      for (let n = 0; n < 200; n += 1) await some.memo.set([n], n);
      for (let n = 0; n < 200; n += 1) await some(n);
      await settled();
      await settled();
      expect(stats().verified).toBeGreaterThan(50);
      expect(stats().verified).toBeLessThan(150);
      const before = stats().verified;
      const none = memoize(async () => (calls += 1), { id: "verified-none" });
      for (let n = 0; n < 20; n += 1) await none();
      await settled();
      expect(stats().verified).toBe(before);
    });

    test("verifies the items of a batch one by one", async () => {
      const told = listen();
      const batches: number[][] = [];
      let change = 0;
      const ask = memoizeBatch(
        async (items: readonly number[]): Promise<readonly (number | Error)[]> => {
          batches.push([...items]);
          return items.map((n) => (n + change === 3 ? new Error("three") : n + change));
        },
        { id: "verified-batch", verify: 1 },
      );
      await ask([1, 2]);
      await ask([1, 2, 5]);
      await settled();
      expect(batches).toEqual([[1, 2], [5], [1], [2]]);
      expect(stats()).toMatchObject({ verified: 2, divergences: 0 });
      change = 1;
      expect(await ask([1, 2])).toEqual([1, 2]);
      await settled();
      expect(stats()).toMatchObject({ verified: 3, divergences: 1 });
      expect(told.map(({ error }) => error)).toMatchObject([
        { code: "ERR_DIVERGENCE", remembered: 1, computed: 2 },
        { message: "three" },
      ]);
    });

    test("takes a number from 0 to 1", () => {
      for (const verify of [-0.1, 1.1, Number.NaN, "1" as unknown as number]) {
        expect(() => memoize(async () => 1, { id: "verified-option", verify })).toThrow(
          expect.objectContaining({ code: "ERR_OPTION" }),
        );
      }
    });
  });
}
