import { execFile } from "node:child_process";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

const run = promisify(execFile);
const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Asks for one value of a cache in a process of its own, and tells whether it had to be computed. */
const program = `
const { CacheWithDefault } = await import(${source("../src/index.ts")});
const { fileBlocks } = await import(${source("../../file/src/index.ts")});
const [dir, field] = process.argv.slice(2);
let computed = 0;
class Words extends CacheWithDefault {
  field;
  constructor(field) {
    super({ backend: fileBlocks({ dir }) });
    this.field = field;
  }
  async getDefault(key) {
    computed += 1;
    return key + this.field;
  }
}
await using words = new Words(field);
console.log(JSON.stringify([await words.get("key "), computed]));
`;

let folder: string;

async function makeProgram(name: string): Promise<string> {
  const root = join(folder, name);
  await mkdir(root);
  await writeFile(join(root, "package.json"), JSON.stringify({ name: "same-name" }));
  await writeFile(join(root, "main.mjs"), program);
  return join(root, "main.mjs");
}

async function answer(main: string, field: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, [
    "--conditions=@class-cache/source",
    main,
    join(folder, "store"),
    field,
  ]);
  return JSON.parse(stdout) as unknown;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "class-cache-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("an equal instance in another process has what was flushed, any other instance has not", async () => {
  const one = await makeProgram("one");
  const other = await makeProgram("other");
  expect(await answer(one, "a")).toEqual(["key a", 1]);
  expect(await answer(one, "a")).toEqual(["key a", 0]);
  expect(await answer(one, "b")).toEqual(["key b", 1]);
  expect(await answer(other, "a")).toEqual(["key a", 1]);
  expect(await answer(one, "a")).toEqual(["key a", 0]);
});
