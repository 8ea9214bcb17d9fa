import { describe, expect, test } from "@jest/globals";
import { cacheable, cached, identity, transient } from "@class-cache/core";

export function describeInstances(): void {
  describe("instances", () => {
    test("transient fields do not tell instances apart, and need no key", async () => {
      let calls = 0;
      class Client {
        readonly host: string;
        @transient socket: unknown = () => undefined;
        constructor(host: string) {
          this.host = host;
        }
        @cached() async load(): Promise<number> {
          return (calls += 1);
        }
      }
      expect(await new Client("a").load()).toBe(1);
      expect(await new Client("a").load()).toBe(1);
      expect(await new Client("b").load()).toBe(2);
    });

    test("a changed field is a different key", async () => {
      class SecondClient {
        host = "a";
        deep = { list: [1] };
        @cached() async load(): Promise<string> {
          return `${this.host}${this.deep.list.length}`;
        }
      }
      const client = new SecondClient();
      expect(await client.load()).toBe("a1");
      client.host = "b";
      expect(await client.load()).toBe("b1");
      client.deep.list.push(2);
      expect(await client.load()).toBe("b2");
    });

    test("what is computed after a change is not kept for what was before it", async () => {
      class Shifty {
        host = "a";
        @cached() async load(options: { depth: number }): Promise<string> {
          return `${this.host}${options.depth}`;
        }
      }
      const shifty = new Shifty();
      const options = { depth: 1 };
      const early = shifty.load(options);
      const other = new Shifty().load({ depth: 1 });
      shifty.host = "b";
      await early;
      expect(await other).toBe("a1");
      const late = shifty.load(options);
      options.depth = 2;
      await late;
      expect(await shifty.load({ depth: 1 })).toBe("b1");
      expect(await new Shifty().load({ depth: 1 })).toBe("a1");
    });

    test("the same holds for options with a signal, and for what cannot be keyed any more", async () => {
      class Fickle {
        field: unknown = 1;
        @cached() async load(options: { depth: number; signal: AbortSignal }): Promise<string> {
          return `${String(this.field)}${options.depth}`;
        }
      }
      const { signal } = new AbortController();
      const fickle = new Fickle();
      const options = { depth: 1, signal };
      const early = fickle.load(options);
      options.depth = 2;
      await early;
      const late = fickle.load({ depth: 3, signal });
      fickle.field = Symbol("x");
      expect(await late).toBe("Symbol(x)3");
      expect(await new Fickle().load({ depth: 1, signal })).toBe("11");
      expect(await new Fickle().load({ depth: 3, signal })).toBe("13");
    });

    test("an unkeyable field is named, with the way out", async () => {
      class ThirdClient {
        handler = (): void => undefined;
        @cached() async load(): Promise<number> {
          return 1;
        }
      }
      await expect(new ThirdClient().load()).rejects.toMatchObject({
        code: "ERR_UNKEYABLE",
        path: "this.handler",
        message: expect.stringContaining("@transient"),
      });
    });

    test("an unkeyable argument is named", async () => {
      class FourthClient {
        @cached() async load(_options: unknown): Promise<number> {
          return 1;
        }
      }
      await expect(new FourthClient().load({ conn: Symbol("x") })).rejects.toMatchObject({
        code: "ERR_UNKEYABLE",
        path: "args[0].conn",
      });
    });

    test("[identity]() stands for the fields", async () => {
      let calls = 0;
      class FifthClient {
        readonly host: string;
        readonly handler = (): void => undefined;
        constructor(host: string) {
          this.host = host;
        }
        [identity](): string {
          return this.host;
        }
        @cached() async load(): Promise<number> {
          return (calls += 1);
        }
      }
      expect(await new FifthClient("a").load()).toBe(1);
      expect(await new FifthClient("a").load()).toBe(1);
      expect(await new FifthClient("b").load()).toBe(2);
    });

    test("cacheable({ identity }) stands for the fields, not for those of subclasses", async () => {
      let calls = 0;
      @cacheable({ identity: (client: SixthClient) => client.host })
      class SixthClient {
        readonly host: string;
        readonly nonce = Math.random();
        constructor(host: string) {
          this.host = host;
        }
        @cached() async load(): Promise<number> {
          return (calls += 1);
        }
      }
      class Special extends SixthClient {}
      expect(await new SixthClient("a").load()).toBe(1);
      expect(await new SixthClient("a").load()).toBe(1);
      expect(await new Special("a").load()).toBe(2);
      expect(await new Special("a").load()).toBe(3);
    });

    test("instances of a cacheable class may be arguments", async () => {
      let calls = 0;
      @cacheable()
      class Point {
        readonly x: number;
        constructor(x: number) {
          this.x = x;
        }
      }
      @cacheable()
      class Dot {
        readonly x: number;
        constructor(x: number) {
          this.x = x;
        }
      }
      class Plain {
        x = 1;
      }
      class Plot {
        @cached() async draw(_at: unknown): Promise<number> {
          return (calls += 1);
        }
      }
      const plot = new Plot();
      expect(await plot.draw(new Point(1))).toBe(1);
      expect(await plot.draw(new Point(1))).toBe(1);
      expect(await plot.draw(new Point(2))).toBe(2);
      expect(await plot.draw(new Dot(1))).toBe(3);
      expect(await plot.draw({ x: 1 })).toBe(4);
      expect(await plot.draw([new Point(1)])).toBe(5);
      await expect(plot.draw(new Plain())).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
    });

    test("a method taken off its object rejects and says so", async () => {
      class SeventhClient {
        @cached() async load(): Promise<number> {
          return 1;
        }
      }
      // oxlint-disable-next-line typescript/unbound-method
      const { load } = new SeventhClient();
      await expect((load as () => Promise<number>)()).rejects.toMatchObject({ code: "ERR_OPTION" });
    });

    test("an object that inherits from an instance is refused", async () => {
      class EighthClient {
        host = "a";
        @cached() async load(): Promise<string> {
          return this.host;
        }
      }
      const derived = Object.create(new EighthClient()) as EighthClient;
      await expect(derived.load()).rejects.toMatchObject({ code: "ERR_UNKEYABLE", path: "this" });
    });

    test("an instance of a built-in's subclass is refused, for its contents are not fields", async () => {
      class Bag extends Map<string, number> {
        @cached() async sum(): Promise<number> {
          return [...this.values()].reduce((a, b) => a + b, 0);
        }
      }
      await expect(new Bag([["a", 1]]).sum()).rejects.toMatchObject({
        code: "ERR_UNKEYABLE",
        path: "this",
      });
    });

    test("a #private field that could matter is refused and named", async () => {
      class EighthClient {
        readonly #host: string;
        constructor(host: string) {
          this.#host = host;
        }
        @cached() async load(): Promise<string> {
          return this.#host;
        }
      }
      class SecondSpecial extends EighthClient {}
      for (const client of [new EighthClient("a"), new SecondSpecial("a")]) {
        await expect(client.load()).rejects.toMatchObject({
          code: "ERR_UNKEYABLE",
          path: "this.#host",
        });
      }
    });

    test("#private methods and static fields are no state of an instance", async () => {
      class NinthClient {
        static #made = 0;
        constructor() {
          NinthClient.#made += 1;
        }
        @cached() async load(): Promise<number> {
          return this.#one() + NinthClient.#made;
        }
        #one(): number {
          return 1;
        }
      }
      expect(await new NinthClient().load()).toBe(2);
    });
  });
}
