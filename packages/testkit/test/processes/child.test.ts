import { expect, test } from "@jest/globals";
import { Child } from "@class-cache/testkit/processes";

const program = new URL("echo.ts", import.meta.url);
const execArgv = ["--conditions=@class-cache/source"];

test("a child is given options of any length, and its lines are read", async () => {
  const text = "é🙂".repeat(200_000);
  await using child = new Child(program, { text, end: "exit" }, { execArgv });
  expect(await child.success()).toEqual([text]);
});

test("a child that fails says why", async () => {
  await using child = new Child(program, { text: "said", end: "fail" }, { execArgv });
  await expect(child.success()).rejects.toThrow(/ended with 1.*told to fail/s);
  await expect(child.line("something else")).rejects.toThrow(/told to fail/);
  expect(child.lines).toEqual(["said"]);
});

test("a child is killed when it is disposed of", async () => {
  const child = new Child(program, { text: "said", end: "stay" }, { execArgv });
  await child.line("said");
  await child.count(1);
  await child[Symbol.asyncDispose]();
  expect(await child.ended).toBe("SIGKILL");
});

test("a child is started by a launcher, if there is one", async () => {
  const launcher = ["env", "NODE_NO_WARNINGS=1"];
  await using child = new Child(program, { text: "said", end: "exit" }, { execArgv, launcher });
  expect(await child.success()).toEqual(["said"]);
});

test("a child that cannot be started has ended", async () => {
  const launcher = ["/no such command"];
  await using child = new Child(program, { text: "", end: "exit" }, { launcher });
  await expect(child.success()).rejects.toThrow(/not started.*ENOENT/s);
});
