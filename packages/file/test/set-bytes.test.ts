import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { fileCalls } from "../src/file-calls.ts";
import { setBytes } from "../src/set-bytes.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const LENGTH = 300_000;

test.each<[string, number[]]>([
  ["one", [7]],
  ["a few, out of order", [9, 0, 5]],
  ["many that lie near each other", Array.from({ length: 900 }, (_, at) => 899 * 200 - at * 200)],
  [
    "some near and some far apart",
    [1, 2, 3, 4, 100_000, 100_001, 250_000, 250_900, 251_000, 251_001],
  ],
])("of a file %s is set, and nothing else", (_, offsets) => {
  const path = join(temporaryFolder(), "file");
  const content = Buffer.from(Array.from({ length: LENGTH }, (__, at) => at % 251));
  writeFileSync(path, content);
  const fd = openSync(path, "r+");
  setBytes(fileCalls, fd, 0xff, offsets);
  closeSync(fd);
  for (const offset of offsets) content[offset] = 0xff;
  expect(readFileSync(path).equals(content)).toBe(true);
});
