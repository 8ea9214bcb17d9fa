/**
 * Runs a task of the workspace from whatever state it is in, a fresh clone included:
 * `node scripts/run.mjs <demo | test | soak | bench> [arguments of the task]`.
 * It uses nothing but Node.js 20.19 and npm until the dependencies are installed.
 */
import { Interrupted, runInForeground } from "./bootstrap/child.mjs";
import {
  buildCommands,
  jestCommand,
  nodeCommand,
  typecheckCommands,
} from "./bootstrap/commands.mjs";
import { PreparationFailed, prepare } from "./bootstrap/prepare.mjs";

const tasks = {
  demo: {
    prepare: buildCommands,
    command: (args) => nodeCommand(["examples/dist/demo.js", ...args]),
  },
  test: {
    prepare: typecheckCommands,
    command: (args) => jestCommand(args),
  },
  soak: {
    prepare: typecheckCommands,
    command: (args) => jestCommand(args, soakEnvironment()),
  },
  bench: {
    prepare: buildCommands,
    command: (args) => nodeCommand(["scripts/bench.mjs", ...args]),
  },
};

const [name = "", ...args] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;

if (task === undefined) {
  process.stderr.write(`There is no task "${name}": use ${Object.keys(tasks).join(", ")}.\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await run(task);
}

async function run({ prepare: compile, command }) {
  try {
    await prepare(compile());
  } catch (error) {
    if (error instanceof PreparationFailed || error instanceof Interrupted) {
      return error.exitCode;
    }
    throw error;
  }
  return runInForeground(command(args));
}

function soakEnvironment() {
  return { CLASS_CACHE_SOAK: "1" };
}
