import { runQuietly } from "./child.mjs";
import { install, isInstalled } from "./install.mjs";
import { withLock } from "./lock.mjs";

/** Thrown when the workspace cannot be made ready; the reason has been printed. */
export class PreparationFailed extends Error {
  constructor(exitCode) {
    super("The workspace is not ready.");
    this.exitCode = exitCode;
  }
}

/** Makes the workspace ready to run: installed, then compiled by the given commands. */
export async function prepare(compile) {
  await withLock(
    async (onStart) => {
      if (!isInstalled()) {
        say("Installing dependencies (about a minute).");
        await step("npm ci", () => install(onStart));
      }
      for (const command of compile) {
        await step("The build", () => runQuietly(command, onStart));
      }
    },
    () => say("Waiting for another run to finish its installation and build."),
  );
}

async function step(name, work) {
  const { exitCode, output } = await work();
  if (exitCode !== 0) {
    process.stderr.write(output);
    say(`${name} failed with exit code ${exitCode}.`);
    throw new PreparationFailed(exitCode);
  }
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
