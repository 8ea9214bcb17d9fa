import { describe, expect, test } from "@jest/globals";
import { cached } from "@class-cache/core";
import { settled } from "../gate.ts";

export function describeIsolation(): void {
  describe("isolation", () => {
    test("shows no caller what another does to a result", async () => {
      class Lists {
        @cached() async list(): Promise<{ items: number[] }> {
          await settled();
          return { items: [1, 2] };
        }
        @cached({ memory: false }) async stored(): Promise<{ items: number[] }> {
          await settled();
          return { items: [1, 2] };
        }
      }
      for (const method of ["list", "stored"] as const) {
        const lists = new Lists();
        const first = await Promise.all([lists[method](), lists[method]()]);
        for (const result of first) result.items.push(3);
        for (let again = 0; again < 3; again += 1) {
          const result = await lists[method]();
          expect(result).toEqual({ items: [1, 2] });
          result.items.length = 0;
        }
      }
    });

    test("gives from memory what it gives from the backend", async () => {
      const value = {
        map: new Map([[{ a: 1 }, new Set([1n])]]),
        when: new Date(5),
        bytes: new Uint8Array([1, 2]),
        error: new RangeError("far", { cause: "x" }),
        nothing: undefined,
        minusZero: -0,
      };
      class Things {
        @cached() async held(): Promise<typeof value> {
          return value;
        }
        @cached({ memory: false }) async stored(): Promise<typeof value> {
          return value;
        }
      }
      const things = new Things();
      await things.held();
      await things.stored();
      const [held, stored] = [await things.held(), await things.stored()];
      expect(held).toEqual(value);
      expect(stored).toEqual(held);
      expect(Object.is(held.minusZero, -0)).toBe(true);
      expect(held.error).not.toBe(value.error);
    });

    test("shares one object where it is off", async () => {
      class SecondLists {
        @cached({ isolate: false }) async list(): Promise<number[]> {
          return [1];
        }
      }
      const lists = new SecondLists();
      const [one, two] = await Promise.all([lists.list(), lists.list()]);
      expect(one).toBe(two);
      expect(await lists.list()).toBe(one);
    });
  });
}
