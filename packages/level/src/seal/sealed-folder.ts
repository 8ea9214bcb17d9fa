import { closeSync, fstatSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ReportError } from "@class-cache/mapping";
import { DamagedError, publishError } from "@class-cache/mapping";
import { ioCode, ioError } from "@class-cache/mapping/disk";
import { forgetLengths } from "../after-death/known-lengths.ts";
import type { DamagedFile } from "../engine-files/damaged-file.ts";
import { replaceFile } from "../file-system.ts";
import { makeSeal } from "./make-seal.ts";
import type { Lost } from "./mend.ts";
import { isOutdated, planMending } from "./mend.ts";
import type { Seal, SealedFile, SealedRow } from "./seal.ts";
import { decodeSeal, encodeSeal } from "./seal.ts";

/** Beside the database's folder, in which LevelDB is alone. */
const sealOf = (database: string): string => `${database}.seal`;

/** What a seal tells of a database that is about to be opened. */
export interface Known {
  readonly tables: readonly SealedFile[];
  readonly lost: Lost;
  /** Rows that have to be there, where some are lost. */
  readonly rows: readonly SealedRow[];
}

const nothing: Known = { tables: [], lost: { blocks: [], replaced: new Set() }, rows: [] };

/** Whether a database has a seal that says what it is like now: nobody was killed who had it open. */
export function isClosed(database: string): boolean {
  const seal = readSeal(database);
  return seal !== undefined && !isOutdated(database, seal);
}

/**
 * What `mendSealed` would find damaged now. Changes nothing.
 *
 * @returns undefined where no seal says what the database is like
 */
export function foreseeMending(database: string): readonly DamagedFile[] | undefined {
  const seal = readSeal(database);
  if (seal === undefined || isOutdated(database, seal)) return undefined;
  return planMending(database, seal).damage;
}

/**
 * Mends a database that nobody has open, as far as it is damaged since it was sealed.
 *
 * @throws StoreError when its files cannot be read or written
 */
export function mendSealed(database: string, report: ReportError): Known {
  const seal = readSeal(database);
  if (seal === undefined) return nothing;
  if (isOutdated(database, seal)) return { ...nothing, tables: seal.tables };
  const { files, lost, damage } = planMending(database, seal);
  for (const { what } of damage) report(new DamagedError(what));
  if (files.size === 0) return { ...nothing, tables: seal.tables };
  // They do not fit what is written now.
  forgetLengths(database);
  // A log is mended by where its records stood, which it changes. All else is mended as often as it takes until
  // LevelDB has it open: should the process die before, what is lost is known again.
  if (Array.from(files.keys()).some((name) => name.endsWith(".log"))) breakSeal(database);
  for (const [name, content] of files) replaceFile(join(database, name), content);
  return { tables: [], lost, rows: lost.blocks.length === 0 ? [] : seal.rows };
}

function readSeal(database: string): Seal | undefined {
  const path = sealOf(database);
  return decodeSeal((offset, length) => readPart(path, offset, length));
}

/** What there is of a part of a seal; nothing where there is no seal. */
function readPart(path: string, offset: number, length: number): Buffer {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    // A damaged length may be any.
    const rest = Math.max(0, fstatSync(fd).size - offset);
    const part = Buffer.allocUnsafe(Math.min(length, rest));
    return part.subarray(0, readSync(fd, part, 0, part.length, offset));
  } catch (error) {
    if (ioCode(error) === "ENOENT") return Buffer.alloc(0);
    throw ioError("read", path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Called before a database becomes another one, which its seal does not fit. */
export function breakSeal(database: string): void {
  try {
    rmSync(sealOf(database), { force: true });
  } catch (error) {
    throw ioError("delete", sealOf(database), error);
  }
}

/** Seals a database that was closed in order. Without a seal it is as after a death of its process. */
export function sealFolder(
  database: string,
  rows: readonly SealedRow[],
  tables: readonly SealedFile[],
): void {
  try {
    const seal = makeSeal(database, rows, tables);
    if (seal === undefined) return;
    replaceFile(sealOf(database), encodeSeal(seal));
    // The seal says more.
    forgetLengths(database);
  } catch (error) {
    publishError(error as Error);
  }
}
