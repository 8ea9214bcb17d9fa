import { describe, expect, test } from "@jest/globals";
import { Uses } from "../src/uses.ts";

describe("remembered uses", () => {
  test("are those of the entries used most recently, and so many at most", () => {
    const uses = new Uses(() => 0, 100);
    for (let key = 0; key < 10_000; key += 1) {
      uses.of(`mapping ${key % 7}`).note(`key ${key}`, 1);
      uses.of("other").note("always", 2);
    }
    let remembered = 0;
    for (let key = 0; key < 10_000; key += 1) {
      if (uses.find(`mapping ${key % 7}`, `key ${key}`) !== undefined) remembered += 1;
    }
    expect(remembered).toBeGreaterThan(40);
    expect(remembered).toBeLessThanOrEqual(100);
    expect(uses.find("mapping 4", "key 9999")).toBeUndefined();
    expect(uses.find(`mapping ${9999 % 7}`, "key 9999")?.times).toBe(1);
    expect(uses.find("other", "always")?.times).toBe(20_000);
  });

  test("tell long keys apart, lone surrogates included", () => {
    const uses = new Uses(() => 0);
    const long = "k".repeat(500);
    for (const end of ["a", "b", "\ud800", "\ud801"]) uses.of("id").note(long + end, 1);
    expect(uses.find("id", `${long}\ud800`)?.times).toBe(1);
    expect(uses.find("id", `${long}c`)).toBeUndefined();
  });
});
