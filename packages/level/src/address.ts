import { randomBytes } from "node:crypto";
import { lstatSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { StoreError } from "@class-cache/mapping";
import { ioCode, ioError, makeFolder, namesIn, remove } from "@class-cache/mapping/disk";
import { read, replaceFile } from "./file-system.ts";
import { newSecret } from "./handshake.ts";
import { storePaths } from "./paths.ts";

/** Where the owner of a store is reached, and what proves that it is the owner. */
export interface Address {
  /** The path of a unix socket, or the name of a Windows pipe. */
  readonly socket: string;
  readonly secret: Buffer;
  /** Tells whose it is: of a copy of the store it is not. */
  readonly store: string;
}

/**
 * Longest path of a socket, in bytes. Linux keeps 108 with the final zero, macOS 104; Node.js passes
 * a longer one on, and the system cuts it without a word.
 */
const LONGEST_SOCKET_PATH = 100;

/** Also of the folder of one that lies in the store's. */
const SOCKET_NAME = /^socket-[0-9a-f]{8}$/;
const IN_FOLDER = "s";
const TEMPORARY_FOLDER = "class-cache-";

/** A fresh address for a new owner, not published yet. */
export function newAddress(dir: string): Address {
  return { socket: newSocketPath(dir), secret: newSecret(), store: identityOf(dir) };
}

function newSocketPath(dir: string): string {
  const name = `socket-${randomBytes(4).toString("hex")}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\class-cache-${name}`;
  // In a folder that only its owner can enter: the system makes a socket as the umask says, which is everybody's.
  const path = join(dir, name, IN_FOLDER);
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) {
    makeFolder(join(dir, name));
    return path;
  }
  // A folder with an unforeseeable name that only its owner can enter; the address tells where it is.
  const room = Buffer.byteLength(join(tmpdir(), `${TEMPORARY_FOLDER}000000`, name));
  const parent = room <= LONGEST_SOCKET_PATH ? tmpdir() : "/tmp";
  try {
    return join(mkdtempSync(join(parent, TEMPORARY_FOLDER)), name);
  } catch (error) {
    throw ioError("make a folder for a socket in", parent, error);
  }
}

/** Tells guests where the owner is. */
export function publishAddress(dir: string, { socket, secret, store }: Address): void {
  const text = JSON.stringify({ socket, secret: secret.toString("hex"), store });
  replaceFile(storePaths(dir).address, Buffer.from(text));
}

/**
 * The address that the last owner has published; undefined where there is none.
 *
 * @throws StoreError when somebody else's file or socket stands there
 */
export function readAddress(dir: string): Address | undefined {
  const path = storePaths(dir).address;
  const bytes = isOurs(path, "file") ? read(path) : undefined;
  const address = bytes && parse(bytes);
  if (address === undefined) return undefined;
  if (process.platform !== "win32" && !isOurs(address.socket, "socket")) return undefined;
  return address;
}

/** Removes what owners have left behind. Asks for the owner's lock. */
export function removeAddress(dir: string): void {
  const path = storePaths(dir).address;
  const bytes = read(path);
  const address = bytes && parse(bytes);
  if (address !== undefined && isOf(address, dir) && process.platform !== "win32") {
    removeElsewhere(dir, address.socket);
  }
  remove(path);
  for (const name of namesIn(dir)) if (SOCKET_NAME.test(name)) remove(join(dir, name));
}

/** Removes a socket that did not fit into the store's folder, and the folder that was made for it. */
function removeElsewhere(dir: string, socket: string): void {
  const folder = dirname(socket);
  if (folder === dir || !SOCKET_NAME.test(basename(socket))) return;
  if (!basename(folder).startsWith(TEMPORARY_FOLDER) || !isOurs(folder, "folder")) return;
  remove(socket);
  try {
    rmdirSync(folder);
  } catch (error) {
    // It has something else in it, which is not ours.
    if (ioCode(error) !== "ENOTEMPTY") throw ioError("remove", folder, error);
  }
}

function isOf({ store }: Address, dir: string): boolean {
  return store !== "" && store === identityOf(dir);
}

/** Of its lock's file, which is there as long as the store. @returns nothing where it has been removed */
function identityOf(dir: string): string {
  const path = storePaths(dir).ownerLock;
  try {
    return String(lstatSync(path, { bigint: true }).ino);
  } catch (error) {
    if (ioCode(error) === "ENOENT") return "";
    throw ioError("look at", path, error);
  }
}

function parse(bytes: Buffer): Address | undefined {
  try {
    const text = JSON.parse(bytes.toString()) as Record<string, unknown>;
    const { socket, secret, store = "" } = text;
    if (typeof socket !== "string" || typeof secret !== "string") return undefined;
    if (typeof store !== "string" || !/^[0-9a-f]{64}$/.test(secret)) return undefined;
    return { socket, secret: Buffer.from(secret, "hex"), store };
  } catch {
    return undefined;
  }
}

/**
 * Whether something is there and of that kind.
 *
 * @throws StoreError when it belongs to another user, who could read what we would say to it
 */
function isOurs(path: string, kind: "file" | "socket" | "folder"): boolean {
  try {
    const stat = lstatSync(path);
    const user = process.getuid?.();
    if (user !== undefined && stat.uid !== user) {
      throw new StoreError(
        `${path} belongs to user ${stat.uid}, not to ${user}, and is not trusted. Give each user a ` +
          "folder of its own.",
      );
    }
    if (kind === "file") return stat.isFile();
    return kind === "socket" ? stat.isSocket() : stat.isDirectory();
  } catch (error) {
    if (ioCode(error) === "ENOENT" || ioCode(error) === "ENOTDIR") return false;
    throw ioError("look at", path, error);
  }
}
