import { hash } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Package {
  readonly name: string;
  /** Its real path, the same however it was reached. */
  readonly root: string;
}

const packagesByFolder = new Map<string, Package>();

/** Code of these packages runs between a decorator and the class that it stands on. */
const HELPERS =
  /[\\/]node_modules[\\/](?:tslib|@swc[\\/]helpers|@babel[\\/]runtime|reflect-metadata)[\\/]/;
const FRAMES = 30;

/**
 * The file of the code that called `callee`; undefined when it is not in a file (`node --eval`, REPL).
 */
export function callingFile(callee: Function): string | undefined {
  const { stackTraceLimit } = Error;
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  try {
    Error.stackTraceLimit = FRAMES;
    Error.prepareStackTrace = (_error, frames) => frames;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, callee);
    return firstFile(holder.stack as readonly NodeJS.CallSite[]);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (before === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Object.defineProperty(Error, "prepareStackTrace", before);
  }
}

function firstFile(frames: readonly NodeJS.CallSite[]): string | undefined {
  for (const frame of frames) {
    const name = frame.getFileName();
    if (typeof name !== "string" || name.startsWith("node:")) continue;
    const path = name.startsWith("file:") ? fileURLToPath(name) : name;
    if (HELPERS.test(path)) continue;
    return path;
  }
  return undefined;
}

/**
 * A name for the program that the files belong to, `<package name>-<8 hex digits>`. Programs in
 * different folders never have the same.
 *
 * @param files where the code is written; undefined stands for code outside of files
 */
export function scopeOf(...files: readonly (string | undefined)[]): string {
  const packages = new Map<string, Package>();
  for (const file of files) {
    const found = packageOf(file === undefined ? process.cwd() : dirname(file));
    packages.set(found.root, found);
  }
  const roots = [...packages.keys()].sort();
  const name = [...packages.values()].at(-1)?.name ?? "";
  return `${name}-${shortHash(roots.join("\0"))}`;
}

/** The scope of the program that was started, as against that of a library that it uses. */
export function mainScope(): string {
  return scopeOf(process.argv[1] === undefined ? undefined : realPath(process.argv[1]));
}

/** The first 8 hex digits of a SHA-256. */
export function shortHash(text: string): string {
  return hash("sha256", text, "hex").slice(0, 8);
}

function packageOf(folder: string): Package {
  let found = packagesByFolder.get(folder);
  if (found === undefined) {
    found = findPackage(realPath(folder));
    packagesByFolder.set(folder, found);
  }
  return found;
}

function findPackage(folder: string): Package {
  for (let at = folder; ; at = dirname(at)) {
    const name = packageName(at);
    if (name !== undefined) return { name, root: at };
    if (dirname(at) === at) return { name: basename(folder), root: folder };
  }
}

/** The name of the package that has its root here; the folder's where its package.json has none. */
function packageName(folder: string): string | undefined {
  const path = join(folder, "package.json");
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  try {
    const { name } = JSON.parse(readFileSync(path, "utf8")) as { name?: unknown };
    return typeof name === "string" && name !== "" ? name : basename(folder);
  } catch {
    return basename(folder);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
