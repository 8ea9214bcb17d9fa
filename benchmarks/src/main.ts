import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Row, Wanted } from "./table.ts";
import { table } from "./table.ts";

/** A suite loads what it compares, which others need not have. */
const suites: Readonly<Record<string, (isWanted: Wanted) => Promise<Row[]>>> = {
  memory: async (isWanted) => (await import("./memory-hits.ts")).benchmarkMemoryHits(isWanted),
  stores: async (isWanted) => (await import("./stores.ts")).benchmarkStores(isWanted),
  sqlite: async (isWanted) => (await import("./sqlite.ts")).benchmarkSqlite(isWanted),
  level: async (isWanted) => (await import("./level.ts")).benchmarkLevel(isWanted),
  eviction: async (isWanted) => (await import("./eviction.ts")).compareEviction(isWanted),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", default: "" }, json: { type: "string" } },
});
const wanted = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = wanted.find((name) => suites[name] === undefined);
if (unknown === undefined) await run();
else {
  process.stderr.write(`There is no suite "${unknown}": use ${Object.keys(suites).join(", ")}.\n`);
  process.exitCode = 2;
}

async function run(): Promise<void> {
  const results: Record<string, Row[]> = {};
  const before = loadavg();
  for (const name of wanted) {
    const rows = await suites[name]!((label) => label.includes(values.only));
    results[name] = rows;
    process.stdout.write(`${table(rows)}\n\n`);
  }
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    load: { before, after: loadavg() },
  };
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine, results }, undefined, 1)}\n`);
  }
}
