import { describe, expect, test } from "@jest/globals";
import { cached } from "@class-cache/core";
import { currentBackend } from "../current-backend.ts";

export function describeRemembering(): void {
  describe("remembering", () => {
    test("computes once and answers again from memory", async () => {
      let calls = 0;
      class Doubler {
        @cached() async double(x: number): Promise<number> {
          calls += 1;
          return x * 2;
        }
      }
      const doubler = new Doubler();
      expect([await doubler.double(2), await doubler.double(2)]).toEqual([4, 4]);
      expect(calls).toBe(1);
    });

    test("answers from the backend where memory is off", async () => {
      let calls = 0;
      class SecondDoubler {
        @cached({ memory: false }) async double(x: number): Promise<number> {
          calls += 1;
          return x * 2;
        }
      }
      const doubler = new SecondDoubler();
      expect([await doubler.double(2), await doubler.double(2)]).toEqual([4, 4]);
      expect(calls).toBe(1);
    });

    test("keeps stored undefined, null, NaN and falsy values", async () => {
      let calls = 0;
      class Echo {
        @cached() async echo(_at: number, value: unknown): Promise<unknown> {
          calls += 1;
          return value;
        }
        @cached({ memory: false }) async stored(_at: number, value: unknown): Promise<unknown> {
          calls += 1;
          return value;
        }
      }
      const values = [undefined, null, Number.NaN, 0, "", false, 0n];
      for (const method of ["echo", "stored"] as const) {
        const echo = new Echo();
        calls = 0;
        for (const [at, value] of values.entries())
          expect(await echo[method](at, value)).toBe(value);
        for (const [at, value] of values.entries())
          expect(await echo[method](at, value)).toBe(value);
        expect(calls).toBe(values.length);
      }
    });

    test("does not remember rejections, nor leave anything in flight after one", async () => {
      let calls = 0;
      class Moody {
        @cached() async answer(): Promise<number> {
          calls += 1;
          if (calls === 1) throw new Error("not yet");
          return calls;
        }
      }
      const moody = new Moody();
      await expect(moody.answer()).rejects.toThrow("not yet");
      expect(await moody.answer()).toBe(2);
      expect(await moody.answer()).toBe(2);
    });

    test("makes a rejection of what is thrown before the first await", async () => {
      class Hasty {
        // Returns a promise only where it does not throw.
        @cached() hurry(): Promise<number> {
          throw new Error("at once");
        }
      }
      await expect(new Hasty().hurry()).rejects.toThrow("at once");
    });

    test("has stored a result before it is answered", async () => {
      class ThirdDoubler {
        @cached() async double(x: number): Promise<number> {
          return x * 2;
        }
      }
      await new ThirdDoubler().double(4);
      const ids: string[] = [];
      for await (const id of currentBackend().ids()) ids.push(id);
      expect(ids).toHaveLength(1);
      expect(ids[0]).toMatch(/^ThirdDoubler~@class-cache\/core-[0-9a-f]{8}\.double$/);
      expect(
        await currentBackend()
          .open(ids[0] as string)
          .size(),
      ).toBe(1);
    });

    test("keeps the method's name and length", () => {
      class FourthDoubler {
        @cached() async double(x: number): Promise<number> {
          return x * 2;
        }
      }
      expect(FourthDoubler.prototype.double.name).toBe("double");
      expect(FourthDoubler.prototype.double.length).toBe(1);
    });

    test("works on static methods, by the class's static fields", async () => {
      let calls = 0;
      class Registry {
        static region = "eu";
        @cached() static async load(name: string): Promise<string> {
          calls += 1;
          return `${this.region}/${name}`;
        }
      }
      expect([await Registry.load("a"), await Registry.load("a")]).toEqual(["eu/a", "eu/a"]);
      Registry.region = "us";
      expect(await Registry.load("a")).toBe("us/a");
      expect(calls).toBe(2);
    });

    test("sees the static fields that a class inherits", async () => {
      class Base {
        static region = "eu";
        @cached() static async load(): Promise<string> {
          return this.region;
        }
      }
      class Shop extends Base {}
      expect(await Shop.load()).toBe("eu");
      Base.region = "us";
      expect(await Shop.load()).toBe("us");
    });
  });
}
