import { describe, expect, test } from "@jest/globals";
import { decodeKey, encodeKey, identity, InstanceKey, type Key } from "../src/key.ts";
import { refusal } from "./support/refusal.ts";

describe("a class instance", () => {
  class User {
    readonly id: number;
    constructor(id: number) {
      this.id = id;
    }
    [identity](): Key {
      return { id: this.id };
    }
  }
  class Admin extends User {}
  class Bare {
    readonly id = 1;
  }
  class Tags extends Set<string> {
    [identity](): Key {
      return [...this];
    }
  }

  test("is its class's name and its identity", () => {
    expect(encodeKey(new User(1))).toBe('{"$instance":["User",{"id":1}]}');
    expect(encodeKey(new Admin(1))).toBe('{"$instance":["Admin",{"id":1}]}');
    expect(encodeKey([new Tags(["a"])])).toBe('[{"$instance":["Tags",["a"]]}]');
  });

  test("reads back as an InstanceKey that is the same key", () => {
    const text = encodeKey({ user: new User(7) });
    const { user } = decodeKey(text) as { user: InstanceKey };
    expect(user).toBeInstanceOf(InstanceKey);
    expect(user.className).toBe("User");
    expect(user[identity]()).toEqual({ id: 7 });
    expect(encodeKey({ user })).toBe(text);
  });

  test("without an identity is refused, with the ways out", () => {
    const { message } = refusal({ owner: new Bare() });
    expect(message).toContain("key.owner is an instance of Bare");
    for (const way of ["[identity]", "@transient", "ignoreArgs", "`key`"]) {
      expect(message).toContain(way);
    }
  });

  test("can be told its identity by the caller, who is given its path", () => {
    const asked: string[] = [];
    const text = encodeKey([{ b: new Bare() }, new User(1)], {
      root: "args",
      instance: (value, path) => {
        asked.push(path);
        return { className: "Mine", identity: { ...value } };
      },
    });
    expect(text).toBe('[{"b":{"$instance":["Mine",{"id":1}]}},{"$instance":["User",{"id":1}]}]');
    expect(asked).toEqual(["args[0].b"]);
  });

  test("whose identity cannot be keyed is refused there", () => {
    class Socket {
      [identity](): Key {
        return { write: () => 1 };
      }
    }
    expect(refusal([new Socket()]).path).toBe("key[0][identity]().write");
  });

  test("of a class without a name is refused, since others would share its entries", () => {
    const [Anonymous] = [
      class {
        [identity](): Key {
          return 1;
        }
      },
    ];
    expect(refusal(new Anonymous()).message).toContain("a class without a name");
    expect(() =>
      encodeKey(new Bare(), { instance: () => ({ className: "", identity: 1 }) }),
    ).toThrow("a class without a name");
  });
});
