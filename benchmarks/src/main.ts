import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FULL, QUICK } from "./measure/pace.ts";
import { resultOf, writeResult } from "./measure/result.ts";
import { partText } from "./report/markdown.ts";
import { partOf } from "./report/parts.ts";
import { suites } from "./suites.ts";

const kept = fileURLToPath(new URL("../results", import.meta.url));

/** Makes the report of what was measured before. */
const REPORT = "report";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
// What was made meanwhile is removed at the exit.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const names = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = names.find((name) => name !== REPORT && suites[name] === undefined);
if (unknown === undefined) await run();
else {
  const known = [...Object.keys(suites), REPORT].join(", ");
  process.stderr.write(`There is no suite "${unknown}": use ${known}.\n`);
  process.exitCode = 2;
}

async function run(): Promise<void> {
  const { only, quick } = values;
  const pace = quick ? QUICK : FULL;
  const isWhole = !quick && only === "";
  const folder = values.json ?? (isWhole ? kept : undefined);
  for (const name of names) {
    if (name === REPORT) continue;
    process.stderr.write(`Measuring ${name}.\n`);
    const isWanted = (label: string): boolean => label.includes(only);
    const result = await resultOf(name, pace, () => suites[name]!(isWanted, pace));
    if (folder !== undefined) writeResult(folder, result);
    process.stdout.write(`\n${partText(partOf(result))}\n`);
  }
  if (folder === undefined) return;
  const { writeReport } = await import("./report/write.ts");
  const path = join(dirname(folder), "RESULTS.md");
  writeReport(folder, path, basename(folder));
  process.stderr.write(`Wrote ${path}.\n`);
}
