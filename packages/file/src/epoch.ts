import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { makeFolder, namesIn, remove } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { rename, syncFolder } from "./file-system.ts";
import { draftBlockFile } from "./block-file.ts";

const NAME = /^epoch-(\d{8})-([0-9a-f]{8})$/;

/**
 * One life of a mapping, between two calls of `clear()`: a folder with its blocks and segments. The
 * one with the highest number counts; others are what a clear left to be removed.
 */
export interface Epoch {
  readonly number: number;
  readonly folder: string;
  /**
   * Seeds every checksum of the epoch, so that bytes which somebody put into a value can never pass
   * for a record. It is part of the folder's name, where no flipped byte of a file reaches it.
   */
  readonly salt: number;
}

/** The epoch that counts; undefined when the mapping was never written to. */
export function currentEpoch(calls: FileCalls, mappingFolder: string): Epoch | undefined {
  let current: Epoch | undefined;
  for (const name of namesIn(mappingFolder, calls)) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const number = Number(match[1]);
    if (current !== undefined && current.number >= number) continue;
    current = { number, folder: join(mappingFolder, name), salt: Number.parseInt(match[2]!, 16) };
  }
  return current;
}

/** Makes the next epoch, empty, appear at once and whole. Asks for the store's lock. */
export async function startEpoch(
  calls: FileCalls,
  mappingFolder: string,
  number: number,
): Promise<Epoch> {
  const saltText = randomBytes(4).toString("hex");
  const salt = Number.parseInt(saltText, 16);
  const name = `epoch-${String(number).padStart(8, "0")}-${saltText}`;
  const folder = join(mappingFolder, name);
  makeFolder(`${folder}.tmp`, calls);
  (await draftBlockFile(calls, `${folder}.tmp`, "", salt)).publish();
  await syncFolder(calls, `${folder}.tmp`);
  rename(calls, `${folder}.tmp`, folder);
  await syncFolder(calls, mappingFolder);
  return { number, folder, salt };
}

/** Removes what earlier epochs and interrupted clears left. Asks for the store's lock. */
export function removeOtherEpochs(calls: FileCalls, mappingFolder: string, current: Epoch): void {
  for (const name of namesIn(mappingFolder, calls)) {
    const folder = join(mappingFolder, name);
    if (name.startsWith("epoch-") && folder !== current.folder) remove(folder, calls);
  }
}
