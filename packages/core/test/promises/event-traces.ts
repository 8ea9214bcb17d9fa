import { describe, expect, test } from "@jest/globals";
import { cached, configure } from "@class-cache/core";
import { EventTrace } from "../event-trace.ts";
import { currentBackend } from "../current-backend.ts";

export function describeEventTraces(): void {
  describe("the trace of events", () => {
    test("of a miss, a memory hit, a backend hit and a joined flight", async () => {
      using trace = new EventTrace();
      class Traced {
        @cached() async work(x: number): Promise<number> {
          return x;
        }
      }
      const traced = new Traced();
      await traced.work(1);
      expect(trace.take()).toEqual(["miss", "store"]);
      await traced.work(1);
      expect(trace.take()).toEqual(["hit(memory)"]);
      configure({ backend: currentBackend() });
      await traced.work(1);
      expect(trace.take()).toEqual(["hit(backend)"]);
      await Promise.all([traced.work(2), traced.work(2)]);
      expect(trace.take()).toEqual(["miss", "store", "hit(flight)"]);
      expect(trace.messages.at(-1)).toMatchObject({ method: "Traced.work", key: "[null,{},[2]]" });
    });

    test("of a rejection, and of a result that is not worth keeping", async () => {
      using trace = new EventTrace();
      class SecondTraced {
        @cached() async fail(): Promise<number> {
          throw new Error("no");
        }
        @cached({ shouldCache: () => false }) async forget(): Promise<number> {
          return 1;
        }
      }
      const traced = new SecondTraced();
      await traced.fail().catch(() => undefined);
      expect(trace.take()).toEqual(["miss"]);
      await traced.forget();
      expect(trace.take()).toEqual(["miss"]);
    });
  });
}
