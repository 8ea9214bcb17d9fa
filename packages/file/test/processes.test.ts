import { describe, expect, test } from "@jest/globals";
import { BULK_COUNT } from "./bulk-values.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("many processes on one store", () => {
  test("3,072 entries that one process writes are all read back in another", async () => {
    const dir = temporaryFolder();
    const all = `${BULK_COUNT} ${BULK_COUNT}`;
    expect(await new Child("bulk.ts", { dir, task: "write" }).success()).toEqual([all]);
    expect(await new Child("bulk.ts", { dir, task: "check" }).success()).toEqual([all]);
  });
});
