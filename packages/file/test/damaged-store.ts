import { expect } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import type { FileBlocksOptions } from "@class-cache/file";
import { filesIn } from "./temporary-folder.ts";

/** What the store under damage holds. Other values were there before. */
export const expected = new Map<string, string>([
  ["a", "value of a"],
  ["b", "value of b, the second"],
  ["c", "value of c"],
  ["large", "large".repeat(6600)],
  ["d", ""],
]);

/** Makes a store in which entries have been overwritten and deleted. */
export async function makeStore(dir: string, options: FileBlocksOptions = {}): Promise<void> {
  await using backend = fileBlocks({ dir, ...options });
  const mapping = backend.open<string, string>("mapping");
  await mapping.set("b", "value of b, the first");
  await mapping.set("deleted", "should not come back");
  await mapping.set("large", "small before");
  for (const [key, value] of expected) await mapping.set(key, value);
  await mapping.delete("deleted");
}

interface Outcome {
  readonly lost: string[];
  readonly reports: string[];
}

/** Reads all there is in every way; whatever is found has to be right. */
export async function readAll(dir: string): Promise<Outcome> {
  const reports: string[] = [];
  const lost: string[] = [];
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<string, string>("mapping", {
    onError: (error) => reports.push((error as { code?: string }).code ?? String(error)),
  });
  for (const [key, value] of expected) {
    const found = await mapping.lookup(key);
    if (found === undefined) lost.push(key);
    else if (found.value !== value) throw new Error(`${key} is ${found.value.slice(0, 50)}`);
  }
  expect(await mapping.get("deleted")).toBeUndefined();
  for await (const [key, value] of mapping) {
    if (expected.get(key) !== value) throw new Error(`${key} is ${value.slice(0, 50)}`);
  }
  for await (const { key } of mapping.records()) expect(expected.has(key)).toBe(true);
  expect(await mapping.size()).toBe(expected.size - lost.length);
  return { lost, reports };
}

/** The first file of a store whose name ends so. */
export function fileOf(dir: string, ending: string): string {
  return filesIn(dir).find((path) => path.endsWith(ending)) ?? "none";
}
