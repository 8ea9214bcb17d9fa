import { readFileSync, writeSync } from "node:fs";

/** In a program that a `Child` runs: the options that it was started with. */
export function childArguments<T>(): T {
  return JSON.parse(readFileSync(0, "utf8")) as T;
}

/**
 * In a program that a `Child` runs: prints a line. It is in the pipe when this returns, so that no
 * death can take it back.
 */
export function say(line: string): void {
  writeSync(1, `${line}\n`);
}
