/** Runs the benchmarks on what was built, after installing what they compare with. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInForeground } from "./bootstrap/child.mjs";
import { nodeCommand } from "./bootstrap/commands.mjs";
import { root } from "./pinned-node.mjs";

const folder = join(root, "benchmarks");

// Written after a complete installation only, so that an interrupted one is done again.
const stamp = join(folder, "node_modules/.class-cache-installed");

process.exitCode = (await installed()) ? await bench() : 1;

async function installed() {
  const lockfile = readFileSync(join(folder, "package-lock.json"));
  const hash = createHash("sha256").update(lockfile).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return true;
  process.stderr.write("Installing what class-cache is compared with (some minutes).\n");
  rmSync(stamp, { force: true });
  const args = ["ci", "--prefix", folder, "--include=optional", "--ignore-scripts=false"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  if ((await runInForeground({ file: "npm", args: [...args, ...quiet] })) !== 0) return false;
  writeFileSync(stamp, hash);
  return true;
}

function bench() {
  const typescript = pathToFileURL(join(root, "scripts/register-typescript.mjs")).href;
  const main = join(folder, "src/main.ts");
  return runInForeground(nodeCommand(["--import", typescript, main, ...process.argv.slice(2)]));
}
