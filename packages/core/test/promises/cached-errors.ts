import { describe, expect, test } from "@jest/globals";
import { ManualClock, memory, structured } from "@class-cache/mapping";
import { cached, configure, memoOf, stats } from "@class-cache/core";
import { EventTrace } from "../event-trace.ts";

class HttpError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HttpError";
    this.code = code;
  }
}

/** What a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It did not reject.");
}

export function describeCachedErrors(): void {
  describe("cacheErrors", () => {
    test("remembers a rejection as long as a result would be", async () => {
      const clock = new ManualClock();
      configure({ clock });
      using trace = new EventTrace();
      let calls = 0;
      class Failing {
        @cached({ cacheErrors: true, ttl: "10s" }) async ask(): Promise<number> {
          calls += 1;
          throw new RangeError(`no ${calls}`, { cause: new TypeError("deeper") });
        }
      }
      const failing = new Failing();
      await expect(failing.ask()).rejects.toThrow("no 1");
      const remembered = await failureOf(failing.ask());
      expect(remembered).toBeInstanceOf(RangeError);
      expect(remembered).toMatchObject({ message: "no 1", cause: { message: "deeper" } });
      expect((remembered as Error).cause).toBeInstanceOf(TypeError);
      expect(trace.take()).toEqual(["miss", "store", "hit(backend)"]);
      clock.advance(10_000);
      await expect(failing.ask()).rejects.toThrow("no 2");
      expect(stats()).toMatchObject({ hits: 1, misses: 2 });
    });

    test("may depend on the error, and 0 keeps nothing", async () => {
      const clock = new ManualClock();
      configure({ clock });
      let calls = 0;
      class PickyFailing {
        @cached({ cacheErrors: (error: Error) => (error instanceof RangeError ? "1m" : 0) })
        async ask(kind: string): Promise<number> {
          calls += 1;
          throw kind === "range" ? new RangeError("no") : new Error("no");
        }
      }
      const failing = new PickyFailing();
      for (const kind of ["range", "range", "other", "other"]) await failureOf(failing.ask(kind));
      expect(calls).toBe(3);
      clock.advance(60_000);
      await failureOf(failing.ask("range"));
      expect(calls).toBe(4);
    });

    test("keeps class, message, code and cause where the codec knows the class", async () => {
      configure({ backend: memory({ codec: structured({ classes: [HttpError] }) }) });
      class KnownFailing {
        @cached({ cacheErrors: true }) async ask(): Promise<number> {
          throw new HttpError("E404", "not found", { cause: new HttpError("E1", "deeper") });
        }
      }
      const failing = new KnownFailing();
      await failureOf(failing.ask());
      const remembered = await failureOf(failing.ask());
      expect(remembered).toBeInstanceOf(HttpError);
      expect(remembered).toMatchObject({
        name: "HttpError",
        code: "E404",
        message: "not found",
        cause: { code: "E1", message: "deeper" },
      });
      expect((remembered as Error).cause).toBeInstanceOf(HttpError);
      expect(stats().misses).toBe(1);
    });

    test("keeps name, message, code and cause of a class that the codec does not know", async () => {
      class UnknownFailing {
        @cached({ cacheErrors: true }) async ask(): Promise<number> {
          const error = new HttpError("E404", "not found", {
            cause: new HttpError("E1", "deeper"),
          });
          throw Object.assign(error, { retry: (): void => {}, attempts: 3 });
        }
      }
      const failing = new UnknownFailing();
      const thrown = await failureOf(failing.ask());
      const remembered = await failureOf(failing.ask());
      expect(stats().misses).toBe(1);
      expect(remembered).toBeInstanceOf(Error);
      expect(remembered).toMatchObject({ name: "HttpError", code: "E404", attempts: 3 });
      expect(remembered).not.toHaveProperty("retry");
      expect(remembered).toMatchObject({ cause: { name: "HttpError", code: "E1" } });
      expect((remembered as Error).stack).toBe((thrown as Error).stack);
    });

    test("a remembered error is nothing to peek at, and is forgotten like a result", async () => {
      let calls = 0;
      class HandledFailing {
        @cached({ cacheErrors: true }) async ask(): Promise<number> {
          calls += 1;
          throw new Error(`no ${calls}`);
        }
      }
      const failing = new HandledFailing();
      await failureOf(failing.ask());
      const memo = memoOf(failing, "ask");
      expect(await memo.peek()).toBeUndefined();
      expect(await memo.has()).toBe(false);
      expect(await memo.invalidate()).toBe(true);
      await expect(failing.ask()).rejects.toThrow("no 2");
    });

    test("an error is never answered stale, nor in the place of a stale result", async () => {
      const clock = new ManualClock();
      configure({ clock });
      let calls = 0;
      class StaleFailing {
        @cached({ cacheErrors: true, ttl: 10, staleWhileRevalidate: 1000, staleIfError: 1000 })
        async ask(): Promise<number> {
          calls += 1;
          if (calls !== 2) throw new Error(`no ${calls}`);
          return calls;
        }
      }
      const failing = new StaleFailing();
      await expect(failing.ask()).rejects.toThrow("no 1");
      clock.advance(10);
      expect(await failing.ask()).toBe(2);
      clock.advance(10);
      expect(await failing.ask()).toBe(2);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(calls).toBe(3);
      expect(await failing.ask()).toBe(2);
    });

    test("rejections are not remembered unless asked", async () => {
      let calls = 0;
      class PlainFailing {
        @cached() async ask(): Promise<number> {
          calls += 1;
          throw new Error("no");
        }
      }
      const failing = new PlainFailing();
      await failureOf(failing.ask());
      await failureOf(failing.ask());
      expect(calls).toBe(2);
    });
  });
}
