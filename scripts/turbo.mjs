/** Runs tasks of the packages through Turborepo: `node scripts/turbo.mjs <task>...` */
import { join } from "node:path";
import { runInForeground } from "./bootstrap/child.mjs";
import { nodeCommand } from "./bootstrap/commands.mjs";
import { root } from "./pinned-node.mjs";

const turbo = join(root, "node_modules/turbo/bin/turbo");
const quiet = { TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };

process.exitCode = await runInForeground(
  nodeCommand([turbo, "run", ...process.argv.slice(2), "--output-logs=new-only"], quiet),
);
