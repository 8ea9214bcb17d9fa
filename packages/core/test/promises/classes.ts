import { describe, expect, test } from "@jest/globals";
import { cacheable, cached } from "@class-cache/core";

export function describeClasses(): void {
  describe("classes", () => {
    test("two classes of one name are told to take ids", async () => {
      const make = (value: number): new () => { load(): Promise<number> } => {
        class Twin {
          @cached() async load(): Promise<number> {
            return value;
          }
        }
        return Twin;
      };
      const [One, Two] = [make(1), make(2)];
      expect(await new One().load()).toBe(1);
      await expect(new Two().load()).rejects.toMatchObject({
        code: "ERR_CLASS_ID",
        message: expect.stringContaining("@cacheable({ id"),
      });
    });

    test("a class without a name is told to take an id", async () => {
      class Anonymous {
        @cached() async load(): Promise<number> {
          return 1;
        }
      }
      Object.defineProperty(Anonymous, "name", { value: "" });
      await expect(new Anonymous().load()).rejects.toMatchObject({ code: "ERR_CLASS_ID" });
    });

    test("a subclass has an id of its own, whatever its parent's", async () => {
      @cacheable({ id: "parent" })
      class Parent {
        kind(): string {
          return "parent";
        }
        @cached() async load(): Promise<string> {
          return this.kind();
        }
      }
      class Child extends Parent {
        override kind(): string {
          return "child";
        }
      }
      expect(await new Parent().load()).toBe("parent");
      expect(await new Child().load()).toBe("child");
    });

    test("an overriding method and the one that it overrides keep apart", async () => {
      class SecondBase {
        @cached() async load(x: number): Promise<number> {
          return x;
        }
      }
      class Plus extends SecondBase {
        @cached() override async load(x: number): Promise<number> {
          return (await super.load(x)) + 100;
        }
      }
      const plus = new Plus();
      expect([await plus.load(1), await plus.load(1), await new SecondBase().load(1)]).toEqual([
        101, 101, 1,
      ]);
    });

    test("a static method and an instance's method of one name keep apart", async () => {
      class Both {
        @cached() static async load(): Promise<string> {
          return "static";
        }
        @cached() async load(): Promise<string> {
          return "instance";
        }
      }
      expect([await Both.load(), await new Both().load()]).toEqual(["static", "instance"]);
    });

    test("two methods of one id are refused", async () => {
      class Clash {
        @cached({ id: "x" }) async one(): Promise<number> {
          return 1;
        }
        @cached({ id: "x" }) async two(): Promise<number> {
          return 2;
        }
      }
      await expect(new Clash().two()).rejects.toMatchObject({ code: "ERR_OPTION" });
    });

    test("a method named by a symbol needs an id", async () => {
      const load = Symbol("load");
      class Symbolic {
        @cached() async [load](): Promise<number> {
          return 1;
        }
      }
      class Named {
        @cached({ id: "load" }) async [load](): Promise<number> {
          return 1;
        }
      }
      await expect(new Symbolic()[load]()).rejects.toMatchObject({ code: "ERR_OPTION" });
      expect(await new Named()[load]()).toBe(1);
    });
  });
}
