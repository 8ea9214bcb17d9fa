import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "../pinned-node.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const GRACE_MS = 5_000;

/** Thrown when a signal ended a step; `exitCode` is the shell's convention for that signal. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`Interrupted by ${signal}.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Runs a command on the caller's terminal and resolves to its exit code. */
export function runInForeground(command) {
  const child = spawn(command.file, command.args, {
    cwd: root,
    env: { ...process.env, ...command.env },
    stdio: "inherit",
  });
  return settle(child, (signal) => child.kill(signal)).catch((error) => {
    if (error instanceof Interrupted) {
      return error.exitCode;
    }
    throw error;
  });
}

/**
 * Runs a command without showing its output, and resolves to `{ exitCode, output }`. It has a
 * process group of its own, so that an interruption ends its descendants as well.
 */
export async function runQuietly(command, onStart = () => {}) {
  const grouped = process.platform !== "win32";
  const child = spawn(command.file, command.args, {
    cwd: root,
    env: { ...process.env, ...command.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: grouped,
    shell: command.shell ?? false,
  });
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => chunks.push(chunk));
  if (child.pid !== undefined) {
    onStart(child.pid);
  }
  const send = (signal) => {
    const { pid } = child;
    if (pid === undefined) return;
    try {
      process.kill(grouped ? -pid : pid, signal);
    } catch (error) {
      if (error.code !== "ESRCH") {
        throw error;
      }
    }
  };
  const exitCode = await settle(child, (signal) => {
    send(signal);
    setTimeout(() => send("SIGKILL"), GRACE_MS).unref();
  });
  return { exitCode, output: Buffer.concat(chunks).toString() };
}

function settle(child, forward) {
  return new Promise((resolve, reject) => {
    let received;
    const listeners = SIGNALS.map((signal) => [
      signal,
      () => {
        received ??= signal;
        forward(signal);
      },
    ]);
    for (const [signal, listener] of listeners) {
      process.on(signal, listener);
    }
    const finish = (outcome) => {
      for (const [signal, listener] of listeners) {
        process.off(signal, listener);
      }
      outcome();
    };
    child.once("error", (error) => finish(() => reject(error)));
    child.once("close", (code, signal) => {
      const ending = received ?? signal;
      finish(() =>
        ending === undefined || ending === null ? resolve(code) : reject(new Interrupted(ending)),
      );
    });
  });
}
