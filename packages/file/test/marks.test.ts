import { expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { temporaryFolder } from "./temporary-folder.ts";

test("a default that was not needed leaves the entry in place for a fresh reader", async () => {
  const dir = temporaryFolder();
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<string, number>("marks");
  await mapping.set("key", 1);
  expect(await mapping.setDefault("key", 2)).toBe(1);
  await using fresh = fileBlocks({ dir });
  expect(await fresh.open("marks").get("key")).toBe(1);
});

test("a default that was needed and overwritten since is gone for a fresh reader", async () => {
  const dir = temporaryFolder();
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<string, number>("marks");
  expect(await mapping.setDefault("key", 1)).toBe(1);
  await mapping.set("key", 2);
  await mapping.delete("key");
  await using fresh = fileBlocks({ dir });
  expect(await fresh.open("marks").size()).toBe(0);
});
