import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configure, resetStats, stats } from "@class-cache/core";
import { CodeAnalyser, moveBackend, TextEmbedder } from "@class-cache/examples";
import { fileBlocks } from "@class-cache/file";
import type { Backend } from "@class-cache/mapping";
import { encrypted, json } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";

const files = Array.from({ length: 300 }, (_, index) => ({
  path: `${index}.d.ts`,
  text: `/** Number ${index}. */\nexport declare const number${index}: ${index};\n`,
}));
const texts = ["the cat sleeps on the sofa", "quarterly tax declaration"];

class CountingEmbedder extends TextEmbedder {
  static computed = 0;

  protected override getDefault(text: string): Promise<Float32Array> {
    CountingEmbedder.computed += 1;
    return super.getDefault(text);
  }
}

async function analyseAndEmbed(backend: Backend): Promise<unknown[]> {
  configure({ backend });
  resetStats();
  CountingEmbedder.computed = 0;
  const analyser = new CodeAnalyser();
  await using embedder = new CountingEmbedder(64);
  const vectors = await embedder.getMany(texts);
  return [await Promise.all(files.map((file) => analyser.analyse(file))), vectors];
}

async function idsOf(backend: Backend): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of backend.ids()) ids.push(id);
  return ids;
}

describe("moveBackend", () => {
  const folder = mkdtempSync(join(tmpdir(), "class-cache-move-"));

  beforeEach(() => configure({ backend: undefined }));

  afterAll(() => {
    configure({ backend: undefined });
    rmSync(folder, { recursive: true });
  });

  test("lets classes go on with another backend without computing anything again", async () => {
    await using blocks = fileBlocks({ dir: join(folder, "blocks") });
    await using database = sqlite({ path: join(folder, "cache.sqlite") });
    const computed = await analyseAndEmbed(blocks);
    expect(stats()).toMatchObject({ hits: 0, misses: files.length });
    expect(CountingEmbedder.computed).toBe(texts.length);

    const lines: string[] = [];
    const report = await moveBackend(blocks, database, (line) => lines.push(line));
    expect(report).toMatchObject({
      mappings: 2,
      entries: files.length + texts.length,
      skipped: 0,
    });
    expect(report.bytes).toBeGreaterThan(10_000);
    expect(lines.map((line) => /: (\d+ of \d+) entries, [\d.]+ KiB\n$/.exec(line)?.[1])).toEqual(
      expect.arrayContaining(["256 of 300", "300 of 300", "2 of 2"]),
    );

    const remembered = await analyseAndEmbed(database);
    expect(remembered).toEqual(computed);
    expect(stats()).toMatchObject({ hits: files.length, misses: 0, errors: 0 });
    expect(stats().timeSaved).toBeGreaterThan(0);
    expect(CountingEmbedder.computed).toBe(0);
  });

  test("leaves nothing where the entries were", async () => {
    await using blocks = fileBlocks({ dir: join(folder, "emptied") });
    await using database = sqlite({ path: join(folder, "filled.sqlite") });
    await blocks.open<string, number>("counts").set("a", 1);
    await moveBackend(blocks, database, () => {});
    expect(await idsOf(blocks)).toEqual([]);
    expect(await database.open("counts").get("a")).toBe(1);
  });

  test("leaves everything where it was when an entry cannot be read", async () => {
    await using blocks = fileBlocks({ dir: join(folder, "kept") });
    await using database = sqlite({ path: join(folder, "partly.sqlite") });
    const codec = encrypted(json(), { key: randomBytes(32) });
    await blocks.open<string, string>("secrets", { codec }).set("me", "abc");
    await blocks.open<string, number>("counts").set("a", 1);
    const report = await moveBackend(blocks, database, () => {});
    expect(report).toMatchObject({ mappings: 2, entries: 1, skipped: 1 });
    expect((await idsOf(blocks)).sort()).toEqual(["counts", "secrets"]);
    expect(await blocks.open("secrets", { codec }).get("me")).toBe("abc");
  });
});
