import { describe, expect, test } from "@jest/globals";
import { FileBlockBackend } from "../src/file-blocks.ts";
import { FaultyCalls } from "./failing-calls/faulty-calls.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("the files of a mapping", () => {
  test("are not all open at once where there are many mappings", async () => {
    const faulty = new FaultyCalls();
    await using backend = new FileBlockBackend({ dir: temporaryFolder() }, faulty.calls);
    const mappings = Array.from({ length: 600 }, (_, id) => backend.open<string, number>(`${id}`));
    for (const [id, mapping] of mappings.entries()) await mapping.set("key", id);
    expect(faulty.open.size).toBeLessThan(900);
    for (const [id, mapping] of mappings.entries()) expect(await mapping.get("key")).toBe(id);
    expect(faulty.open.size).toBeLessThan(900);
  });
});
