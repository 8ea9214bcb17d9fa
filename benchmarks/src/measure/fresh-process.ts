import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("once.ts", import.meta.url));

/**
 * Runs `measure(options)` of a module in a process of its own.
 *
 * @throws when it ends without a result
 */
export async function inFreshProcess<Result>(module: URL, options: object): Promise<Result> {
  const child = fork(entry, [module.href, JSON.stringify(options)], {
    execArgv: [...process.execArgv, "--expose-gc"],
  });
  let result: Result | undefined;
  child.on("message", (message) => (result = message as Result));
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (result === undefined || code !== 0) {
    throw new Error(`${module.pathname} ended with ${code ?? signal}.`);
  }
  return result;
}
