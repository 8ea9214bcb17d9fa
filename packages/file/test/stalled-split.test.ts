import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { Child } from "./child.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

describe("a split of which one file cannot be written", () => {
  test("ends before another begins, and costs nothing", async () => {
    const dir = temporaryFolder();
    const child = new Child("stalled-split.ts", { dir });
    const [line = ""] = await child.success();
    expect(JSON.parse(line)).toEqual({
      late: 0,
      reports: [expect.stringMatching(/Cannot write .*\.block\.tmp: the disk is full \(ENOSPC\)/)],
      values: 30,
    });
    await using backend = fileBlocks({ dir, maxBlockBytes: 1000 });
    expect(await backend.open("id").size()).toBe(30);
    expect(filesIn(dir).filter((path) => path.endsWith(".tmp"))).toEqual([]);
  });
});
