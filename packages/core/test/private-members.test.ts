import { beforeEach, describe, expect, test } from "@jest/globals";
import { cacheable, cached, configure, identity, transient } from "@class-cache/core";
import { memory } from "@class-cache/mapping";

beforeEach(() => {
  configure({ backend: memory() });
});

describe("#private members under standard decorators", () => {
  test("a private method can be cached", async () => {
    let calls = 0;
    class Vault {
      key = "a";
      @cached() async #open(x: number): Promise<string> {
        calls += 1;
        return `${this.key}${x}`;
      }
      open(x: number): Promise<string> {
        return this.#open(x);
      }
    }
    const vault = new Vault();
    expect([await vault.open(1), await vault.open(1), await vault.open(2)]).toEqual([
      "a1",
      "a1",
      "a2",
    ]);
    expect(calls).toBe(2);
  });

  test("a private static method can be cached", async () => {
    let calls = 0;
    class Safe {
      @cached() static async #open(): Promise<number> {
        return (calls += 1);
      }
      static open(): Promise<number> {
        return this.#open();
      }
    }
    expect([await Safe.open(), await Safe.open()]).toEqual([1, 1]);
  });

  test("a private method keeps apart from a public one that is named alike", async () => {
    class Alike {
      @cached() async #load(): Promise<string> {
        return "private";
      }
      @cached() async ["#load"](): Promise<string> {
        return "quoted";
      }
      @cached() async load(): Promise<string> {
        return "public";
      }
      async both(): Promise<string[]> {
        return [await this.#load(), await this["#load"](), await this.load()];
      }
    }
    expect(await new Alike().both()).toEqual(["private", "quoted", "public"]);
  });

  test("private methods of one name in a class and its parent are refused at once", () => {
    class Upper {
      @cached() async #load(): Promise<string> {
        return "upper";
      }
      upper(): Promise<string> {
        return this.#load();
      }
    }
    class Lower extends Upper {
      @cached() async #load(): Promise<string> {
        return "lower";
      }
      lower(): Promise<string> {
        return this.#load();
      }
    }
    expect(() => new Lower()).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
  });

  test("a transient private field needs no key and does not count", async () => {
    let calls = 0;
    class Client {
      readonly host: string;
      @transient #socket = (): void => undefined;
      constructor(host: string) {
        this.host = host;
      }
      @cached() async load(): Promise<number> {
        this.#socket();
        return (calls += 1);
      }
    }
    expect(await new Client("a").load()).toBe(1);
    expect(await new Client("a").load()).toBe(1);
    expect(await new Client("b").load()).toBe(2);
  });

  test("one transient private field does not excuse another", async () => {
    class TwoSecrets {
      @transient #socket = 1;
      #host = "a";
      @cached() async load(): Promise<string> {
        return this.#host + this.#socket;
      }
    }
    await expect(new TwoSecrets().load()).rejects.toMatchObject({ path: "this.#host" });
  });

  test("a public transient field does not excuse a private one of its name", async () => {
    class Namesakes {
      @transient host = "b";
      #host = "a";
      @cached() async load(): Promise<string> {
        return this.#host + this.host;
      }
    }
    await expect(new Namesakes().load()).rejects.toMatchObject({ path: "this.#host" });
  });

  test("[identity]() and cacheable({ identity }) answer for private fields", async () => {
    class Own {
      readonly #host: string;
      constructor(host: string) {
        this.#host = host;
      }
      [identity](): string {
        return this.#host;
      }
      @cached() async load(): Promise<string> {
        return this.#host;
      }
    }
    @cacheable({ identity: (declared: Declared) => declared.host })
    class Declared {
      readonly #host: string;
      constructor(host: string) {
        this.#host = host;
      }
      get host(): string {
        return this.#host;
      }
      @cached() async load(): Promise<string> {
        return this.#host;
      }
    }
    expect([await new Own("a").load(), await new Own("b").load()]).toEqual(["a", "b"]);
    expect([await new Declared("a").load(), await new Declared("b").load()]).toEqual(["a", "b"]);
  });

  test("an auto-accessor is a field: refused, unless it is transient", async () => {
    class Model {
      accessor name = "large";
      @cached() async load(): Promise<string> {
        return this.name;
      }
    }
    class Quiet {
      @transient accessor log = (): void => undefined;
      @cached() async load(): Promise<number> {
        this.log();
        return 1;
      }
    }
    await expect(new Model().load()).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
    expect(await new Quiet().load()).toBe(1);
  });
});
