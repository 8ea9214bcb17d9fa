import { describe, expect, test } from "@jest/globals";
import type { Entry, ValueCodec } from "@class-cache/mapping";
import { DamagedError, ManualClock, memory, structured } from "@class-cache/mapping";
import { cacheable, cached, configure, stats } from "@class-cache/core";
import { EventTrace } from "../event-trace.ts";
import { gate, settled } from "../gate.ts";
import { troubledBackend } from "../troubled-backend.ts";
import type { Trouble } from "../troubled-backend.ts";

export function describeFailOpen(): void {
  describe("fail-open", () => {
    const broken = (): Promise<never> => Promise.reject(new Error("sick disk"));

    test.each<[string, Trouble, string[], number]>([
      [
        "cannot be opened",
        {
          open: () => {
            throw new Error("sick disk");
          },
        },
        // What memory answers without knowing what was invalidated is told as well.
        ["lookup", "lookup", "open", "store", "lookup"],
        1,
      ],
      ["cannot read", { lookup: broken }, ["lookup"], 1],
      ["cannot write", { set: broken }, ["store"], 1],
    ])("answers when the backend %s", async (_name, trouble, operations, calls) => {
      const told: string[] = [];
      configure({
        backend: troubledBackend(trouble),
        onError: (error, { operation, method }) => {
          expect([error.message, method]).toEqual(["sick disk", "Steady.work"]);
          told.push(operation);
        },
      });
      using trace = new EventTrace();
      let computed = 0;
      @cacheable({ id: "Steady" })
      class Steady {
        @cached() async work(): Promise<string> {
          computed += 1;
          return "answer";
        }
      }
      const steady = new Steady();
      expect([await steady.work(), await steady.work()]).toEqual(["answer", "answer"]);
      expect(computed).toBe(calls);
      expect(told).toEqual(operations);
      expect(trace.take().filter((event) => event.startsWith("error"))).toEqual(
        operations.map((operation) => `error(${operation})`),
      );
      expect(stats().errors).toBe(operations.length);
    });

    test("survives an onError that throws", async () => {
      configure({ backend: troubledBackend({ lookup: broken, set: broken }) });
      class SecondSteady {
        @cached({
          onError: () => {
            throw new Error("from onError");
          },
        })
        async work(): Promise<string> {
          return "answer";
        }
      }
      expect(await new SecondSteady().work()).toBe("answer");
    });

    test("the method's onError comes before the configured one", async () => {
      const told: string[] = [];
      configure({
        backend: troubledBackend({ lookup: broken }),
        onError: () => told.push("configured"),
      });
      class ThirdSteady {
        @cached({ onError: () => told.push("own") }) async work(): Promise<string> {
          return "answer";
        }
      }
      await new ThirdSteady().work();
      expect(told).toEqual(["own"]);
    });

    test("a caller can leave a mapping that stalls", async () => {
      const { opened, open } = gate();
      const trouble: Trouble = {
        lookup: async () => {
          await opened;
          return undefined;
        },
      };
      configure({ backend: troubledBackend(trouble) });
      let calls = 0;
      class FourthSteady {
        @cached() async work(_signal?: AbortSignal): Promise<number> {
          return (calls += 1);
        }
      }
      const steady = new FourthSteady();
      const controller = new AbortController();
      const left = steady.work(controller.signal);
      controller.abort();
      await expect(left).rejects.toHaveProperty("name", "AbortError");
      const stays = steady.work();
      open();
      expect(await stays).toBe(1);
    });

    test("does not believe a mapping that gives expired entries", async () => {
      const clock = new ManualClock();
      const entry: Entry<unknown> = {
        value: "stale",
        storedAt: 0,
        expiresAt: clock.now(),
        cost: undefined,
      };
      configure({ backend: troubledBackend({ lookup: async () => entry }), clock });
      class FifthSteady {
        @cached() async work(): Promise<string> {
          return "fresh";
        }
      }
      expect(await new FifthSteady().work()).toBe("fresh");
    });

    test.each([{ memory: false as const }, {}])(
      "computes again what the codec cannot read back (%j)",
      async (options) => {
        const codec = structured();
        const forgetful: ValueCodec = {
          name: "forgetful",
          encode: (value, context) => codec.encode(value, context),
          decode: () => {
            throw new DamagedError("The test's value");
          },
        };
        const told: string[] = [];
        configure({
          backend: memory({ codec: forgetful }),
          onError: (error, { operation }) => told.push(`${operation} ${error.name}`),
        });
        let calls = 0;
        @cacheable({ id: "Forgotten" })
        class Forgotten {
          @cached(options) async work(): Promise<{ calls: number }> {
            return { calls: (calls += 1) };
          }
        }
        const forgotten = new Forgotten();
        expect([await forgotten.work(), await forgotten.work()]).toEqual([
          { calls: 1 },
          { calls: 2 },
        ]);
        expect(new Set(told)).toEqual(new Set(["read DamagedError"]));
        expect(stats()).toMatchObject({ hits: 0, misses: 2, errors: told.length });
      },
    );

    test("answers, and remembers nothing, when the codec cannot write", async () => {
      const broken: ValueCodec = {
        name: "broken",
        encode: () => {
          throw new RangeError("too much");
        },
        decode: (bytes) => bytes,
      };
      configure({ backend: memory({ codec: broken }) });
      let calls = 0;
      class Written {
        @cached() async work(): Promise<{ calls: number }> {
          await settled();
          return { calls: (calls += 1) };
        }
      }
      const written = new Written();
      expect(await Promise.all([written.work(), written.work()])).toEqual([
        { calls: 1 },
        { calls: 2 },
      ]);
      expect(stats().errors).toBeGreaterThan(0);
    });

    test("a value that cannot be stored rejects, and the error carries it", async () => {
      class Odd {
        @cached() async make(): Promise<{ f: () => void }> {
          return { f: () => undefined };
        }
      }
      const error: unknown = await new Odd().make().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "ERR_UNSTORABLE", path: "value.f" });
      expect(typeof (error as { value: { f: unknown } }).value.f).toBe("function");
    });
  });
}
