import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ioCode, ioError, namesIn } from "@class-cache/mapping/disk";

/** A file's content; undefined when it does not exist. */
export function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (ioCode(error) === "ENOENT") return undefined;
    throw ioError("read", path, error);
  }
}

/** Puts a file that only its owner can read in its place, in one step. */
export function replaceFile(path: string, content: Uint8Array): void {
  try {
    rmSync(`${path}.tmp`, { force: true });
    writeFileSync(`${path}.tmp`, content, { mode: 0o600, flag: "wx" });
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    throw ioError("write", path, error);
  }
}

/** Makes a folder that nobody but its owner can enter, also of one that is there, in one that is. */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (ioCode(error) !== "EEXIST") throw ioError("make the folder", path, error);
  }
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    throw ioError("change the mode of", path, error);
  }
}

/**
 * Takes the files of a folder from everybody but their owner. One that vanishes meanwhile is none.
 *
 * @param done names of those of which it is known
 * @returns the names of all that are there
 */
export function makeFilesPrivate(folder: string, done: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set(namesIn(folder));
  for (const name of names) {
    if (done.has(name)) continue;
    try {
      chmodSync(join(folder, name), 0o600);
    } catch (error) {
      if (ioCode(error) !== "ENOENT")
        throw ioError("change the mode of", join(folder, name), error);
    }
  }
  return names;
}
