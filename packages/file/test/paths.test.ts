import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cacheFolder } from "@class-cache/mapping";
import { folderName } from "../src/paths.ts";

const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

afterEach(() => {
  Object.defineProperty(process, "platform", platform);
  restore("XDG_CACHE_HOME", XDG_CACHE_HOME);
  restore("LOCALAPPDATA", LOCALAPPDATA);
});

describe("the folder of a mapping", () => {
  test("has a harmless name, its own for each id", () => {
    const id = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string(),
      fc.string({ unit: "grapheme" }),
    );
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(folderName(one)).toMatch(/^[a-z0-9-]{32,73}$/);
        expect(folderName(one)).not.toMatch(/^-/);
        expect(folderName(one) === folderName(other)).toBe(one === other);
      }),
    );
  });

  test("keeps apart ids that differ in case, separators or lone surrogates", () => {
    const ids = [
      "a",
      "A",
      "a:b",
      "a/b",
      "a b",
      "\ud800",
      "\ud801",
      "\ufffd",
      "é",
      "e\u0301",
      "",
      "-",
    ];
    expect(new Set(ids.map(folderName)).size).toBe(ids.length);
  });
});

describe("the default folder", () => {
  test("is the platform's for caches unless XDG_CACHE_HOME names another", () => {
    process.env.XDG_CACHE_HOME = "/caches";
    expect(cacheFolder()).toBe(join("/caches", "class-cache"));
    process.env.XDG_CACHE_HOME = "";
    for (const [name, expected] of [
      ["linux", join(homedir(), ".cache", "class-cache")],
      ["darwin", join(homedir(), "Library", "Caches", "class-cache")],
      ["win32", join("C:/local", "class-cache")],
    ]) {
      process.env.LOCALAPPDATA = "C:/local";
      Object.defineProperty(process, "platform", { value: name });
      expect(cacheFolder()).toBe(expected);
    }
  });
});
