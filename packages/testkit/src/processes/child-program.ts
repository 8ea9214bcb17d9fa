import { readFileSync, writeSync } from "node:fs";
import module from "node:module";

let hasSpoken = false;

/** In a program that a `Child` runs: the options that it was started with. */
export function childArguments<T>(): T {
  return JSON.parse(readFileSync(0, "utf8")) as T;
}

/**
 * In a program that a `Child` runs: prints a line. It is in the pipe when this returns, so that no
 * death can take it back.
 */
export function say(line: string): void {
  if (!hasSpoken) keepCompiled();
  hasSpoken = true;
  writeSync(1, `${line}\n`);
}

/** Node.js writes what it has compiled at an orderly exit, which most of these programs do not come to. */
function keepCompiled(): void {
  // Unknown to Node.js 20.
  (module as Partial<typeof module>).flushCompileCache?.();
}
