/** Runs the benchmarks on what was built, after installing what they compare with. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInForeground } from "./bootstrap/child.mjs";
import { nodeCommand } from "./bootstrap/commands.mjs";
import { root } from "./pinned-node.mjs";

const folder = join(root, "benchmarks");

process.exitCode = (await installed()) ? await bench() : 1;

async function installed() {
  // npm writes this file last, so an interrupted installation is done again.
  if (existsSync(join(folder, "node_modules/.package-lock.json"))) return true;
  const args = ["ci", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"];
  return (await runInForeground({ file: "npm", args })) === 0;
}

function bench() {
  const typescript = pathToFileURL(join(root, "scripts/register-typescript.mjs")).href;
  const main = join(folder, "src/main.ts");
  return runInForeground(nodeCommand(["--import", typescript, main, ...process.argv.slice(2)]));
}
