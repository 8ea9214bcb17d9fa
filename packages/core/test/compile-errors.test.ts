import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "class-cache-core-"));

afterAll(() => rmSync(folder, { recursive: true }));

const NOT_ASYNC =
  "@cached needs a method that returns a promise: make it async (to yield: async *) and give its result a type";
const ASKS_BACK =
  "@cached cannot record a method whose yield gives a value: what it yields must depend on its arguments alone";
const NOT_BATCH =
  "@cachedBatch needs a method that takes an array of items first and returns a promise of an array";

/** Each on a line of its own, with what the compiler has to say of it. */
const refused: readonly (readonly [line: string, advice: string])[] = [
  ["@cached() a(): number { return 1; }", NOT_ASYNC],
  ["@cached() b(): any { return 1; }", NOT_ASYNC],
  ["@cached() async *c(): AsyncGenerator<number, void, number> { yield 1; }", ASKS_BACK],
  ["@cachedBatch() async d(x: number): Promise<number> { return x; }", NOT_BATCH],
  ["static e = memoize((x: number) => x, { id: 'e' });", NOT_ASYNC],
  ["static f = memoizeBatch(async (x: number) => x, { id: 'f' });", NOT_BATCH],
];

/** What the compiler says of a file, by the number of the line. */
async function said(source: string, options: object): Promise<Map<number, string>> {
  symlinkIfAbsent(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "refused.ts"), source);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "nodenext",
    target: "es2023",
    types: ["node"],
    customConditions: ["@class-cache/source"],
    allowImportingTsExtensions: true,
    ...options,
  };
  const config = { compilerOptions, files: ["refused.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const run = promisify(execFile)(process.execPath, [compiler, "-p", folder]);
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const found = new Map<number, string>();
  for (const [, line, text] of stdout.matchAll(
    /refused\.ts\((\d+),\d+\): ([^]*?)(?=^\S|$(?![^]))/gm,
  )) {
    found.set(Number(line), (found.get(Number(line)) ?? "") + text);
  }
  return found;
}

function symlinkIfAbsent(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

describe.each([
  ["standard", {}],
  ["experimental", { experimentalDecorators: true }],
])("under %s decorators", (_kind, options) => {
  test("what cannot be remembered is an error whose message says what to do", async () => {
    const lines = [
      'import { cached, cachedBatch, memoize, memoizeBatch } from "@class-cache/core";',
      "export class Refused {",
      ...refused.map(([line]) => line),
      "@cached() async fine(): Promise<number> { return 1; }",
      "}",
    ];
    const found = await said(lines.join("\n"), options);
    expect([...found.keys()]).toEqual(refused.map((_each, at) => at + 3));
    for (const [at, [, advice]] of refused.entries()) expect(found.get(at + 3)).toContain(advice);
  }, 60_000);
});
