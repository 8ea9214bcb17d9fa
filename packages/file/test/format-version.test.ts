import { readFileSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

test("another version of the format is a clear error, and is left as it is", async () => {
  const dir = temporaryFolder();
  await using writer = fileBlocks({ dir });
  await writer.open("mapping").set("a", "value of a");
  const manifest = filesIn(dir).find((path) => path.endsWith("mapping.json"))!;
  const content = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, unknown>;
  const checksum = crc32(JSON.stringify([content.format, 6, content.id]));
  const text = JSON.stringify({ ...content, version: 6, checksum });
  writeFileSync(manifest, text);
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<string, string>("mapping");
  const refused = { code: "ERR_FORMAT_VERSION", found: 6, supported: 5 };
  await expect(mapping.get("a")).rejects.toMatchObject(refused);
  await expect(mapping.set("a", "b")).rejects.toMatchObject(refused);
  await expect(mapping.size()).rejects.toMatchObject(refused);
  await expect(mapping.clear()).rejects.toMatchObject(refused);
  await expect(backend.drop("mapping")).rejects.toMatchObject(refused);
  for await (const id of backend.ids()) throw new Error(`found ${id}`);
  expect(readFileSync(manifest, "utf8")).toBe(text);
  await backend.open("another").set("a", 1);
});
