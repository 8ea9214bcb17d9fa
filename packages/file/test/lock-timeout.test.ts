import { expect, test } from "@jest/globals";
import { lockTimeout } from "../src/lock-timeout.ts";

test("a lock that nobody gives back is told of in plain words", () => {
  expect(lockTimeout("/a/store", 10_000)).toMatchObject({
    code: "ERR_STORE",
    message: expect.stringContaining("/a/store for over 10 s"),
  });
});
