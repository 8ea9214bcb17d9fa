import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { cacheable, cached, classIdOf } from "@class-cache/core";
import { callingFile, scopeOf } from "../src/keys/scope.ts";

describe("a class's id", () => {
  test("is the one given to cacheable, with separators escaped", () => {
    @cacheable({ id: "a.b~c%d" })
    class Named {}
    expect(classIdOf(Named)).toBe("a%2Eb%7Ec%25d");
  });

  test("is else the name with the scope of the package that decorates it", () => {
    class Implicit {
      @cached() async load(): Promise<number> {
        return 1;
      }
    }
    expect(classIdOf(Implicit)).toMatch(/^Implicit~@class-cache\/core-[0-9a-f]{8}$/);
  });

  test("of a class that only inherits tells its source text apart", () => {
    class Base {
      @cached() async load(): Promise<number> {
        return 1;
      }
    }
    const plain = { Heir: class Heir extends Base {} }.Heir;
    const changed = {
      Heir: class Heir extends Base {
        extra = 1;
      },
    }.Heir;
    expect(classIdOf(plain)).toMatch(/^Heir~@class-cache\/core-[0-9a-f]{8}~[0-9a-f]{8}$/);
    expect(classIdOf(changed)).not.toBe(classIdOf(plain));
  });

  test("given to one class may not be another's name in the same package", () => {
    @cacheable({ id: "Taken" })
    class First {}
    @cacheable()
    class Taken {}
    classIdOf(First);
    expect(() => classIdOf(Taken)).toThrow(expect.objectContaining({ code: "ERR_CLASS_ID" }));
  });

  test("may be given to two classes, which then share", () => {
    @cacheable({ id: "common" })
    class One {}
    @cacheable({ id: "common" })
    class Two {}
    expect(classIdOf(One)).toBe(classIdOf(Two));
  });
});

describe("a scope", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "class-cache-scope-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function makePackage(path: string, text: string): string {
    const folder = join(root, path);
    mkdirSync(join(folder, "src"), { recursive: true });
    writeFileSync(join(folder, "package.json"), text);
    return join(folder, "src", "file.js");
  }

  test("is that of the nearest package.json", () => {
    const outer = makePackage("outer", '{"name":"@org/outer"}');
    const inner = makePackage("outer/inner", '{"name":"inner"}');
    expect(scopeOf(outer)).toMatch(/^@org\/outer-[0-9a-f]{8}$/);
    expect(scopeOf(inner)).toMatch(/^inner-[0-9a-f]{8}$/);
  });

  test("differs for packages of one name in different folders", () => {
    const one = makePackage("one", '{"name":"same"}');
    const two = makePackage("two", '{"name":"same"}');
    expect(scopeOf(one)).not.toBe(scopeOf(two));
    expect(scopeOf(one, one)).toBe(scopeOf(one));
    expect(new Set([scopeOf(one), scopeOf(two), scopeOf(one, two)]).size).toBe(3);
  });

  test("takes the folder's name where the package has none, or cannot be read", () => {
    expect(scopeOf(makePackage("nameless", "{}"))).toMatch(/^nameless-/);
    expect(scopeOf(makePackage("broken", "{"))).toMatch(/^broken-/);
  });

  test("is told by the file that calls", () => {
    const caller = (): string | undefined => callingFile(caller);
    expect(caller()).toBe(import.meta.filename);
  });
});
