import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pinnedNode, root } from "../pinned-node.mjs";

const MINUTE_MS = 60_000;

const typescript = join(root, "node_modules/typescript/bin/tsc");
const bundler = join(root, "scripts/bundle.mjs");

/**
 * A command is `{ file, args, env? }`; all of them run on the pinned Node.js in the root folder.
 */
export function nodeCommand(args, env = {}) {
  return { file: pinnedNode, args, env };
}

export function jestCommand(args, env = {}) {
  return nodeCommand(
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      `--import=${pathToFileURL(join(root, "scripts/end-with-parent.mjs")).href}`,
      join(root, "node_modules/jest/bin/jest.js"),
      // Jest takes this from its command line alone once there are several projects.
      `--testTimeout=${testTimeout({ ...process.env, ...env })}`,
      ...args,
    ],
    env,
  );
}

/** Milliseconds for a test that does not say itself. */
function testTimeout({ CLASS_CACHE_SOAK }) {
  return (CLASS_CACHE_SOAK === "1" ? 60 : 1) * MINUTE_MS;
}

/** Build every package. */
export function buildCommands() {
  return [nodeCommand([typescript, "-b"]), nodeCommand([bundler])];
}

/** Build every package and check the types of every folder of tests. */
export function typecheckCommands() {
  return [nodeCommand([typescript, "-b", ".", ...testProjects()]), nodeCommand([bundler])];
}

function testProjects() {
  const packages = readdirSync(join(root, "packages")).map((name) => join("packages", name));
  return [...packages, "examples", "docs"]
    .flatMap((folder) => [join(folder, "test"), join(folder, "test/legacy")])
    .filter((folder) => existsSync(join(root, folder, "tsconfig.json")));
}
