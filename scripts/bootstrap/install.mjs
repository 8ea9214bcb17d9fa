import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pinnedNode, root } from "../pinned-node.mjs";
import { runQuietly } from "./child.mjs";

// Written after a complete installation only, so that an interrupted one is done again.
const STAMP = join(root, "node_modules/.class-cache-installed");

/** Whether node_modules is complete and agrees with the lockfile. */
export function isInstalled() {
  return (
    existsSync(STAMP) && readFileSync(STAMP, "utf8") === lockfileHash() && existsSync(pinnedNode)
  );
}

/** Installs what the lockfile names; resolves to `{ exitCode, output }` of npm. */
export async function install(onStart) {
  rmSync(STAMP, { force: true });
  const hash = lockfileHash();
  const result = await runQuietly(npmCommand(), onStart);
  if (result.exitCode === 0) {
    writeFileSync(STAMP, hash);
  }
  return result;
}

function lockfileHash() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

function npmCommand() {
  const args = ["ci", "--include=dev", "--include=optional", "--ignore-scripts=false"];
  const quiet = ["--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];
  // The installation deletes the pinned Node.js for a while, so npm runs on the machine's own.
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !/[\\/]node_modules[\\/]\.bin$/.test(folder))
    .join(delimiter);
  const env = { PATH: path };
  const npm = process.env.npm_execpath;
  return npm?.endsWith(".js")
    ? { file: "node", args: [npm, ...args, ...quiet], env }
    : { file: "npm", args: [...args, ...quiet], env, shell: process.platform === "win32" };
}
