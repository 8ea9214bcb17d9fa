import { describe, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
// The demo starts processes of its own, from what was built.
const demo = fileURLToPath(new URL("../dist/demo.js", import.meta.url));

async function runDemo(...args: string[]): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "class-cache-demo-"));
  try {
    const { stdout, stderr } = await run(process.execPath, [demo, ...args], {
      env: { ...process.env, XDG_CACHE_HOME: folder, NODE_OPTIONS: "" },
    });
    expect(stderr).toContain("warm: ");
    return Object.fromEntries(stdout.split("\n").map((line) => line.split(/ {2,}/)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the demo", () => {
  for (const backend of ["file", "sqlite", "level", "memory"]) {
    test(`computes everything once on ${backend}`, async () => {
      const shown = await runDemo("--backend", backend);
      expect(Number(shown["files"])).toBeGreaterThan(100);
      expect(shown["cold run"]).toContain(`(${shown["files"]} computed)`);
      expect(shown["warm run"]).toContain("(0 computed)");
      expect(shown["hits"]).toBe(shown["files"]);
    }, 120_000);
  }

  test("refuses a backend that it does not have", async () => {
    await expect(run(process.execPath, [demo, "--backend", "tape"])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no backend "tape"'),
    });
  });
});
