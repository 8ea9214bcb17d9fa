import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runNode } from "./child.ts";
import type { Outcome } from "./child.ts";
import { root } from "./root.ts";

const TIMEOUT_MS = 50_000;
const REGISTER = pathToFileURL(join(root, "scripts/register-typescript.mjs")).href;

/** Runs a snippet in an empty folder of its own, which is also where its cache lives. */
export async function runSnippet(path: string): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "class-cache-docs-"));
  try {
    return await runNode(["--conditions=@class-cache/source", "--import", REGISTER, path], {
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), NODE_OPTIONS: "" },
      timeout: TIMEOUT_MS,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
