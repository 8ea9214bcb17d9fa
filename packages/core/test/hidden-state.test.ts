import { describe, expect, test } from "@jest/globals";
import { hiddenState } from "../src/keys/hidden-state.ts";

/** What is found in a class that tells of itself this source text. */
function fieldsOf(text: string): readonly string[] {
  class Told {}
  const original = Object.getOwnPropertyDescriptor(Function.prototype, "toString");
  Object.defineProperty(Function.prototype, "toString", { ...original, value: () => text });
  try {
    return hiddenState(Told).fields;
  } finally {
    Object.defineProperty(Function.prototype, "toString", original as PropertyDescriptor);
  }
}

describe("the hidden state of a class", () => {
  test.each([
    ["class A { #a = 1; f() { return this.#a; } }", ["#a"]],
    ["class A{#a=1;#b;f(){return this.#a+this.#b}}", ["#a", "#b"]],
    ["class A {\n  #a\n  f() { return this.#a; }\n}", ["#a"]],
    ["class A {\n  /** why */ #a = 1;\n  f() { return this.#a; }\n}", ["#a"]],
    ["class A {\n  #a // why\n  f() { return this.#a; }\n}", ["#a"]],
    ["class A { f() { return 1; } #a = 2; g() { return this.#a; } }", ["#a"]],
    ["class A { #größe = 1; f() { return this.#größe; } }", ["#größe"]],
    ["class A { static #a = 1; f() { return A.#a; } }", []],
    [
      "class A { #a() {} get #b() { return 1; } set #b(x) {} async #c() {} f() { this.#a(); } }",
      [],
    ],
    ["class A { #a(){} f() { return this.#a == 1; } }", []],
    ["class A { f() { return `\n#endif\n`; } }", []],
    ["class A { accessor name = 1; }", ["name"]],
    [
      "class A { #name_accessor_storage = 1; get name() { return this.#name_accessor_storage; } }",
      ["name"],
    ],
    [
      "class A { #___private_name_1 = 1; get name() { return this.#___private_name_1; } }",
      ["name"],
    ],
    // What TypeScript, esbuild and swc write for targets without private fields.
    [
      'class A { constructor() { _A_a.set(this, void 0); __classPrivateFieldSet(this, _A_a, f(1), "f"); } }',
      ["#a"],
    ],
    [
      'class A { constructor() { _A_instances.add(this); } f() { __classPrivateFieldGet(this, _A_instances, "m", _A_g); } }',
      [],
    ],
    ["class A { constructor() { __privateAdd(this, _a, 1); } }", ["#a"]],
    ["class A { constructor() { __privateAdd(this, _A_instances); } }", []],
    [
      "class A { constructor() { _class_private_field_init(this, _a, { writable: true, value: 1 }); } }",
      ["#a"],
    ],
    [
      "class A { constructor() { _class_private_field_init(this, _a, { get: get_a, set: void 0 }); } }",
      [],
    ],
  ])("%s", (text, fields) => {
    expect(fieldsOf(text)).toEqual(fields);
  });
});
