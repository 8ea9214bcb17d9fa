import { expect, test } from "@jest/globals";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("a store whose folder is replaced while it is being opened is the one in its place soon after", async () => {
  const child = new Child("swapped-folder.ts", { folder: temporaryFolder() });
  expect(await child.success()).toEqual([JSON.stringify({ lost: [] })]);
}, 30_000);
