import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { rename, writeDurably } from "./file-system.ts";

const NAME = /^(root|[0-9a-f]+)\.block$/;

/** Bytes before a block's first record: a magic, the version, and what tells this file from its next. */
export const FILE_HEADER_BYTES = 16;

const MAGIC: Buffer = Buffer.from("ccBlock\u0001", "latin1");

/** The file of the block of all keys whose hash begins with a hexadecimal prefix. */
export function blockFileName(prefix: string): string {
  return `${prefix === "" ? "root" : prefix}.block`;
}

/** The prefix that a file's name stands for; undefined when it is no block's. */
export function prefixOfFile(name: string): string | undefined {
  const prefix = NAME.exec(name)?.[1];
  return prefix === "root" ? "" : prefix;
}

/** Puts a block of these records in its place, in one step, replacing what was there. */
export async function createBlockFile(
  folder: string,
  prefix: string,
  frames: readonly Uint8Array[],
): Promise<void> {
  const path = join(folder, blockFileName(prefix));
  await writeDurably(`${path}.tmp`, Buffer.concat([MAGIC, randomBytes(8), ...frames]));
  rename(`${path}.tmp`, path);
}
