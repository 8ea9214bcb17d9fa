import { readFileSync, writeSync } from "node:fs";

/** What the test gave this process. */
export function childArguments<T>(): T {
  return JSON.parse(readFileSync(0, "utf8")) as T;
}

/** Tells the test something; it is in the pipe when this returns, so that no death can take it back. */
export function say(line: string): void {
  writeSync(1, `${line}\n`);
}
