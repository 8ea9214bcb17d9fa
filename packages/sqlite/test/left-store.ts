import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PAGE = 4096;
export const FRAME: number = 24 + PAGE;

/** What the files of a store end in, of which the last says since which start of the machine it is open. */
const ENDS = ["", "-wal", "-shm", "-boot"];

export const expected = new Map(
  Array.from({ length: 40 }, (_, n): [string, string] => [
    `key ${n}`,
    `${n} `.repeat(n % 10 === 7 ? 3000 : (n % 6) * 40 + 1),
  ]),
);

/**
 * Files of a store whose process was killed: with all that it wrote in the log alone; in both; and in the log alone
 * what replaced others, which are in the database.
 */
export type How = (typeof HOWS)[number];
export const HOWS = ["logged", "copied", "replaced"] as const;
const copies = { logged: false, copied: true, replaced: "between" } as const;

/** By what their names end in. */
export type LeftFiles = ReadonlyMap<string, Buffer>;

export async function filesOfKilled(how: How): Promise<LeftFiles> {
  const path = join(temporaryFolder(), "c.sqlite");
  const entries = Object.fromEntries(expected);
  const writer = new Child("killed-writer.ts", { path, entries, copies: copies[how] });
  await writer.line("written");
  await writer.kill();
  return new Map(ENDS.map((end) => [end, readFileSync(path + end)]));
}

/** Lays files out with a change to them. @returns the path of the database */
export function layOut(files: LeftFiles, change: (path: string) => void): string {
  const path = join(temporaryFolder(), "c.sqlite");
  for (const [end, bytes] of files) writeFileSync(path + end, bytes);
  change(path);
  return path;
}

export function flip(file: string, offset: number, bit = offset % 8): void {
  const bytes = readFileSync(file);
  bytes[offset]! ^= 1 << bit;
  writeFileSync(file, bytes);
}

/** How many entries are right, where none is wrong, and how many reports there were. */
export async function read(path: string): Promise<{ right: number; reports: number }> {
  let reports = 0;
  await using backend = sqlite({ path });
  const mapping = backend.open<string, string>("a mapping", {
    onError(error) {
      expect(error).toMatchObject({ code: "ERR_DAMAGED" });
      reports += 1;
    },
  });
  let right = 0;
  for (const [key, value] of expected) {
    const found = await mapping.get(key);
    if (found === undefined) continue;
    expect(found).toBe(value);
    right += 1;
  }
  return { right, reports };
}
