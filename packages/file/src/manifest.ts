import { join } from "node:path";
import { crc32 } from "node:zlib";
import { FormatVersionError } from "@class-cache/mapping";
import { ioCode, ioError } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { rename, writeDurably } from "./file-system.ts";

/** The version of everything below a mapping's folder. */
const FORMAT_VERSION = 5;

const FORMAT = "class-cache file blocks";
const FILE = "mapping.json";

/** Says whose folder this is. */
interface Manifest {
  readonly format: string;
  readonly version: number;
  /** The mapping's id. */
  readonly id: string;
  /** Of all that precedes: a flipped bit of the version must not pass for another version. */
  readonly checksum: number;
}

/**
 * Reads a mapping's manifest.
 *
 * @returns undefined when it is not there or damaged; then the id alone tells the folder
 * @throws FormatVersionError when another version of the format wrote it
 */
export function readManifest(calls: FileCalls, folder: string): Manifest | undefined {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = calls.readFileSync(path, "utf8");
  } catch (error) {
    if (ioCode(error) === "ENOENT" || ioCode(error) === "ENOTDIR") return undefined;
    throw ioError("read", path, error);
  }
  let manifest: Partial<Manifest> | null;
  try {
    manifest = JSON.parse(text) as Partial<Manifest> | null;
  } catch {
    return undefined;
  }
  if (manifest?.format !== FORMAT || typeof manifest.version !== "number") return undefined;
  if (manifest.checksum !== checksumOf(manifest)) return undefined;
  if (manifest.version !== FORMAT_VERSION) {
    throw new FormatVersionError(folder, manifest.version, FORMAT_VERSION);
  }
  return typeof manifest.id === "string" ? (manifest as Manifest) : undefined;
}

/** Asks for the store's lock. */
export async function writeManifest(calls: FileCalls, folder: string, id: string): Promise<void> {
  const content = { format: FORMAT, version: FORMAT_VERSION, id };
  const manifest: Manifest = { ...content, checksum: checksumOf(content) };
  const path = join(folder, FILE);
  await writeDurably(calls, `${path}.tmp`, Buffer.from(`${JSON.stringify(manifest)}\n`));
  rename(calls, `${path}.tmp`, path);
}

function checksumOf({ format, version, id }: Partial<Manifest>): number {
  return crc32(JSON.stringify([format, version, id]));
}
