import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { demoBackends } from "./demo/backends.ts";
import type { PassMessage, PassReport } from "./demo/pass.ts";
import { Progress } from "./demo/progress.ts";
import { summary } from "./demo/summary.ts";

// Analyses every declaration file of TypeScript and Node.js twice, the second time in a new process,
// which finds on disk what the first one computed.
const names = Object.keys(demoBackends);
const usage = `Usage: npm run demo -- [--backend ${names.join("|")}]`;

try {
  const { values } = parseArgs({ options: { backend: { type: "string", default: "file" } } });
  if (names.includes(values.backend)) await demo(values.backend);
  else fail(`There is no backend "${values.backend}".\n${usage}`);
} catch (error) {
  fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
}

async function demo(backend: string): Promise<void> {
  // Memory is gone with its process, so there both passes share one.
  const [cold, warm] =
    backend === "memory"
      ? await runPasses(backend, ["cold", "warm"])
      : [...(await runPasses(backend, ["cold"])), ...(await runPasses(backend, ["warm"]))];
  if (cold === undefined || warm === undefined) throw new Error("A pass ended without a report.");
  process.stdout.write(summary(backend, cold, warm));
}

async function runPasses(backend: string, passes: readonly string[]): Promise<PassReport[]> {
  const path = fileURLToPath(import.meta.resolve("./demo/pass.js"));
  const child = fork(path, [backend, ...passes]);
  const reports: PassReport[] = [];
  let progress = new Progress(passes[0]!);
  child.on("message", (message: PassMessage) => {
    if ("done" in message) progress.show(message.done, message.of);
    else {
      reports.push(message.report);
      progress = new Progress(passes[reports.length] ?? "");
    }
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (...end) => resolve(end));
  });
  if (code !== 0) throw new Error(`The ${passes.join(" and ")} pass ended with ${signal ?? code}.`);
  return reports;
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
