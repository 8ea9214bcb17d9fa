import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "@jest/globals";
import type { FuzzOptions } from "@class-cache/testkit/fuzzing";
import { fuzz } from "@class-cache/testkit/fuzzing";
import { endsNever, fallsApart, growsLarge } from "./fuzzing/faulty-parsers.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Fuzzes a parser. @returns the failing input, which was saved, and what the failure says */
async function failure(
  run: FuzzOptions["run"],
  seconds: number,
): Promise<{ readonly input: Buffer; readonly message: string }> {
  const folder = mkdtempSync(join(tmpdir(), "class-cache-fuzzing-"));
  folders.push(folder);
  let running: Promise<void> = Promise.resolve();
  fuzz({
    test: (_name, work) => (running = work()),
    name: "a faulty parser",
    corpus: pathToFileURL(`${folder}/`),
    covers: /faulty-parsers\.ts/,
    seeds: [Buffer.from("hello")],
    run,
    seconds,
  });
  const message = await running.then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
  const [name = ""] = readdirSync(folder).filter((file) => file.startsWith("failed-"));
  return { input: name === "" ? Buffer.alloc(0) : readFileSync(join(folder, name)), message };
}

test("a fault behind three steps is found by what the steps before it cover, and its input saved", async () => {
  const { input, message } = await failure(fallsApart, 60);
  expect(input.subarray(0, 3).toString("latin1")).toBe("boo");
  expect(message).toMatch(/CLASS_CACHE_SEED=\d+/);
  expect(() => fallsApart(input)).toThrow("boom");
}, 90_000);

test("a loop without an end, and memory without bounds, are found", async () => {
  const endless = await failure(endsNever, 30);
  expect(endless.message).toMatch(/timed out/);
  expect(endless.input[0]).toBe(0xff);
  expect((await failure(growsLarge, 30)).message).toMatch(/bytes of memory/);
}, 90_000);

test("a sound parser is found sound", async () => {
  const { input, message } = await failure((bytes) => {
    try {
      fallsApart(bytes.subarray(0, 2));
    } catch {
      throw new Error("two are not enough");
    }
  }, 0.3);
  expect([input.length, message]).toEqual([0, ""]);
});
