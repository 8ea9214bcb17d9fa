import { benchmarkMemoryHits } from "./memory-hits.ts";
import { benchmarkStores } from "./stores.ts";
import { table } from "./table.ts";

const suites: Readonly<Record<string, () => Promise<Parameters<typeof table>[0]>>> = {
  memory: benchmarkMemoryHits,
  stores: benchmarkStores,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(suites);
for (const name of wanted) {
  const suite = suites[name];
  if (suite === undefined) {
    process.stderr.write(`There is no suite "${name}": use ${Object.keys(suites).join(", ")}.\n`);
    process.exitCode = 2;
  } else process.stdout.write(`${table(await suite())}\n\n`);
}
