import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import { cached, configure, invalidateTags } from "@class-cache/core";
import { memory } from "@class-cache/mapping";

afterEach(() => {
  configure({ backend: undefined });
});

test("calls that wait together after a configuration are answered together, whatever is invalidated then", async () => {
  const backend = memory();
  configure({ backend });
  const running: ((value: string) => void)[] = [];
  class Generator {
    @cached({ tags: () => ["tag"] })
    make(): Promise<string> {
      return new Promise((resolve) => running.push(resolve));
    }
  }
  const generator = new Generator();
  await invalidateTags(["another"]);
  const first = generator.make();
  await nextTurn();
  await invalidateTags(["tag"]);
  // Both came after that: what is being computed is not for them.
  const later = [generator.make(), generator.make()];
  await nextTurn();
  configure({ backend });
  running[0]!("first");
  expect(await first).toBe("first");
  await nextTurn();
  expect(running.length).toBe(2);
  await invalidateTags(["tag"]);
  running[1]!("second");
  expect(await Promise.all(later)).toEqual(["second", "second"]);
  expect(running.length).toBe(2);
});
