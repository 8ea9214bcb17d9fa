import { readFileSync } from "node:fs";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, test } from "@jest/globals";
import { configure, memoize } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import * as channels from "../src/options/channels.ts";
import { settled } from "./gate.ts";
import { troubledBackend } from "./troubled-backend.ts";

/** The payload that the guide names for each channel. */
function documented(): Map<string, string[]> {
  const guide = readFileSync(new URL("../../../docs/10-observe.md", import.meta.url), "utf8");
  const rows = guide.matchAll(/^\| `(class-cache:[a-z]+)` .*\| ([^|]*) \|$/gm);
  return new Map(
    Array.from(rows, ([, name = "", payload = ""]) => [
      name,
      Array.from(payload.matchAll(/`(\w+)`/g), ([, property = ""]) => property),
    ]),
  );
}

describe("the guide to what can be observed", () => {
  test("names exactly the channels that there are", () => {
    const names = Object.values(channels).map((each) => (each as unknown as { name: string }).name);
    expect([...documented().keys()].toSorted()).toEqual(names.toSorted());
  });

  test("names exactly what each message carries", async () => {
    const seen = new Map<string, Set<string>>();
    const listeners = [...documented().keys()].map((name) => {
      const listener = (message: unknown): void => {
        const properties = seen.get(name) ?? new Set();
        for (const property of Object.keys(message as object)) properties.add(property);
        seen.set(name, properties);
      };
      subscribe(name, listener);
      return { name, listener };
    });
    try {
      configure({ backend: memory() });
      let calls = 0;
      const diverging = memoize(async () => (calls += 1), { id: "observed", verify: 1 });
      for (let turn = 0; turn < 2; turn += 1) await diverging();
      await settled();
      configure({
        backend: troubledBackend({ lookup: () => Promise.reject(new Error("sick")) }),
        onError: () => undefined,
      });
      await memoize(async () => 1, { id: "observed-failing" })();
    } finally {
      for (const { name, listener } of listeners) unsubscribe(name, listener);
      configure({ backend: undefined, onError: undefined });
    }
    const sorted = (names: Iterable<string> = []): string[] => [...names].toSorted();
    for (const [name, properties] of documented()) {
      expect([name, ...sorted(seen.get(name))]).toEqual([name, ...sorted(properties)]);
    }
  });
});
