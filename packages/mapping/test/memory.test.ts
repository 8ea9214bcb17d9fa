import { describe, expect, test } from "@jest/globals";
import { memory } from "@class-cache/mapping";

describe("memory()", () => {
  test("forgets everything when it is closed", async () => {
    const backend = memory();
    await backend.open("id").set(1, 1);
    await backend.close();
    const another = memory();
    expect(await another.open("id").size()).toBe(0);
  });

  test("says what it can", () => {
    expect(memory().supports).toMatchObject({ permanence: false, sharedAccess: false });
  });

  test("refuses limits that are none", () => {
    expect(() => memory({ maxBytes: -1 })).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
    expect(() => memory({ codec: {} as never })).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  });
});
