import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { memoize } from "@class-cache/core";
import type { Lease } from "@class-cache/mapping";
import { intercepted } from "./intercepted.ts";
import { openBackend } from "./processes/backend.ts";
import { sharedMemory } from "./shared-memory.ts";

describe("where a lease cannot be given back", () => {
  /** Gives it back, but says otherwise. */
  function ungiven(lease: Lease): Lease {
    const release = async (): Promise<void> => {
      await lease.release();
      throw new Error("not given back");
    };
    return { name: lease.name, release, [Symbol.asyncDispose]: release };
  }

  const backend = intercepted(sharedMemory(), {
    lease: async (name, take) => {
      const lease = await take();
      return name.startsWith("compute ") ? ungiven(lease) : lease;
    },
  });

  test("the result is handed out all the same, and the failure told of", async () => {
    const told: string[] = [];
    const work = memoize(async (key: string) => key, {
      id: "unreturned result",
      backend,
      onError: (error) => told.push(error.message),
    });
    expect(await work("k")).toBe("k");
    expect(told).toEqual(["not given back"]);
  });

  test("the method's own error is what its caller gets, and the failure is told of", async () => {
    const told: string[] = [];
    const work = memoize((_key: string) => Promise.reject<string>(new Error("own")), {
      id: "unreturned error",
      backend,
      onError: (error) => told.push(error.message),
    });
    await expect(work("k")).rejects.toThrow("own");
    expect(told).toEqual(["not given back"]);
  });

  test("as a store on disk is that was removed meanwhile, the result is handed out", async () => {
    const folder = mkdtempSync(join(tmpdir(), "class-cache-leases-"));
    const store = join(folder, "store");
    await using removed = await openBackend("sqlite", store);
    const told: string[] = [];
    const work = memoize(
      async (key: string) => {
        if (key === "removes") {
          rmSync(store, { recursive: true });
          writeFileSync(store, "");
        }
        return key;
      },
      {
        id: "unreturned sqlite",
        backend: removed,
        onError: (error) => told.push(error.message),
      },
    );
    expect(await work("k")).toBe("k");
    try {
      expect(await work("removes")).toBe("removes");
      expect(told.length).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
