/** Runs Jest on the pinned Node.js; needs an installed workspace, but no build. */
import { runInForeground } from "./bootstrap/child.mjs";
import { jestCommand } from "./bootstrap/commands.mjs";

process.exitCode = await runInForeground(jestCommand(process.argv.slice(2)));
