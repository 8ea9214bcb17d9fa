import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { configure, memoize } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import type { SharedBackend } from "./processes/backend.ts";
import { openBackend } from "./processes/backend.ts";

const work = memoize(async (key: string): Promise<string> => `${key} here`, { id: "turns work" });

/** Has another process store a result, and waits for it without giving control back. */
function setElsewhere(kind: SharedBackend, folder: string, value: string): void {
  const backend = new URL("processes/backend.ts", import.meta.url);
  const program = `
    import { configure, memoize } from "@class-cache/core";
    import { openBackend } from ${JSON.stringify(backend.href)};
    const backend = await openBackend(${JSON.stringify(kind)}, ${JSON.stringify(folder)});
    configure({ backend });
    const work = memoize(async (key) => key, { id: "turns work" });
    await work.memo.set(["key"], ${JSON.stringify(value)});
    await backend.close();
  `;
  execFileSync(
    process.execPath,
    ["--conditions=@class-cache/source", "--input-type=module", "-e", program],
    { cwd: import.meta.dirname, env: { ...process.env, NODE_OPTIONS: "" } },
  );
}

// The process that owns a LevelDB store serves the others, which it cannot while it is held up.
describe.each(["file", "sqlite"] as const)("what another process has set: %s", (kind) => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "class-cache-turns-"));
  });

  afterEach(() => {
    configure({ backend: memory() });
    rmSync(folder, { recursive: true, force: true });
  });

  test("is seen by the next call after one that waited for it synchronously", async () => {
    await using backend = await openBackend(kind, folder);
    configure({ backend });
    expect(await work("key")).toBe("key here");
    expect(await work("key")).toBe("key here");
    setElsewhere(kind, folder, "one");
    expect(await work("key")).toBe("one");
    setElsewhere(kind, folder, "two");
    expect(await work("key")).toBe("two");
  });

  test.each([
    ["a timer", () => sleep(1)],
    ["an immediate", () => nextTurn()],
  ])("is seen by the next call from %s", async (_name, begin) => {
    await using backend = await openBackend(kind, folder);
    configure({ backend });
    await work("key");
    const [first, second] = [begin(), begin()];
    await first;
    expect(await work("key")).toBe("key here");
    setElsewhere(kind, folder, "one");
    await second;
    expect(await work("key")).toBe("one");
  });
});
