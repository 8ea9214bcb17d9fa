import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../pinned-node.mjs";

// Beside node_modules, not inside: an installation empties that folder.
const LOCK = join(root, ".bootstrap.lock");
const OWN = `${LOCK}.${process.pid}`;
const POLL_MS = 200;
const HEARTBEAT_MS = 1_000;
// Process ids are used again after a restart, so a lock that nobody has touched for long is stale.
const STALE_MS = 5 * 60_000;

/**
 * Runs `work` while no other process on this machine runs its own, and resolves to its result.
 * `work` is given a function that names a child process: the lock of a holder that died stays
 * valid until that child has ended too.
 */
export async function withLock(work, onWait) {
  await acquire(onWait);
  const heartbeat = setInterval(touch, HEARTBEAT_MS);
  try {
    return await work((child) => replace(LOCK, owners(child)));
  } finally {
    clearInterval(heartbeat);
    rmSync(LOCK, { force: true });
  }
}

async function acquire(onWait) {
  let waited = false;
  while (!tryAcquire()) {
    if (!waited) {
      waited = true;
      onWait();
    }
    await sleep(POLL_MS);
  }
}

function tryAcquire() {
  writeFileSync(OWN, owners());
  try {
    // Linking publishes the lock with its content: no reader can see it empty.
    linkSync(OWN, LOCK);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw error;
    }
    removeIfStale();
    return false;
  } finally {
    rmSync(OWN, { force: true });
  }
}

function removeIfStale() {
  const content = read(LOCK);
  if (content === undefined || !isStale(content)) {
    return;
  }
  const taken = `${OWN}.stale`;
  try {
    renameSync(LOCK, taken);
    // Another waiter may have replaced the stale lock by its own in between: give that back.
    if (read(taken) !== content) {
      linkSync(taken, LOCK);
    }
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") {
      throw error;
    }
  } finally {
    rmSync(taken, { force: true });
  }
}

function isStale(content) {
  const untouched = Date.now() - (statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return untouched > STALE_MS || content.split(" ").every((pid) => !isAlive(Number(pid)));
}

function touch() {
  const now = new Date();
  utimesSync(LOCK, now, now);
}

function owners(child) {
  return child === undefined ? `${process.pid}` : `${process.pid} ${child}`;
}

function replace(path, content) {
  writeFileSync(OWN, content);
  renameSync(OWN, path);
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
