import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { FILE_HEADER_BYTES } from "../src/block-file.ts";
import { VOID } from "../src/record.ts";
import { expected, fileOf, makeStore, readAll } from "./damaged-store.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";

/** Those that mean something where a record begins, and some that differ in a few bits from one that does. */
const BYTES = [0x00, 0x05, 0x55, 0x7f, 0xaa, 0xe2, 0xfd, 0xff];

test("any byte of a block may have any value: what that loses is reported", async () => {
  const dir = temporaryFolder();
  await makeStore(dir);
  const block = fileOf(dir, ".block");
  const good = readFileSync(block);
  const values = soak ? Array.from({ length: 256 }, (_, value) => value) : BYTES;
  const silent: string[] = [];
  for (let at = FILE_HEADER_BYTES; at < good.length; at += 1) {
    for (const value of values) {
      const bad = Buffer.from(good);
      bad[at] = value;
      writeFileSync(block, bad);
      const { lost, reports } = await readAll(dir);
      const isSilent = lost.length > 0 && reports.length === 0;
      // The mark of a record that says nothing, which no other byte of it contradicts.
      if (isSilent && value !== VOID) silent.push(`${lost.join()} by ${value} at ${at}`);
    }
  }
  expect(silent).toEqual([]);
}, 120_000);

test("a block that is not there is reported, and takes new entries", async () => {
  const dir = temporaryFolder();
  await makeStore(dir);
  rmSync(fileOf(dir, ".block"));
  expect(await readAll(dir)).toEqual({ lost: [...expected.keys()], reports: ["ERR_DAMAGED"] });
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<string, string>("mapping", { onError() {} });
  await mapping.set("new", "value");
  expect(await mapping.get("new")).toBe("value");
});

test("a link that leads nowhere in the place of a block is refused, and keeps no timer from running", async () => {
  const dir = temporaryFolder();
  await makeStore(dir);
  const block = fileOf(dir, ".block");
  rmSync(block);
  symlinkSync("nowhere", block);
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<string, string>("mapping", { onError() {} });
  for (const use of [mapping.get("a"), mapping.set("a", "new"), mapping.size()]) {
    await expect(use).rejects.toMatchObject({ code: "ERR_STORE" });
  }
});
