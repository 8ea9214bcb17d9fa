import type * as Engine from "node:sqlite";
import type { DatabaseSync as Database } from "node:sqlite";
import { UnsupportedRuntimeError } from "@class-cache/mapping";

export type { DatabaseSync, StatementSync } from "node:sqlite";

/** Opens one connection to a database file, through the SQLite that Node.js has built in. */
export function connect(path: string): Database {
  return new engine.DatabaseSync(path);
}

/**
 * Puts the pages of a database in the place of those of another, in one transaction.
 *
 * @throws UnsupportedRuntimeError where Node.js does not have that
 */
export async function overwrite(path: string, from: Database): Promise<void> {
  if (engine.backup === undefined) {
    throw new UnsupportedRuntimeError(
      `To repair ${path} takes Node.js 22.16 or newer; this is ${process.version}.`,
    );
  }
  await engine.backup(from, path, { rate: ALL_PAGES });
}

/** In one step. */
const ALL_PAGES = 0x7fffffff;

const engine: typeof Engine =
  withoutNotice(() => process.getBuiltinModule("node:sqlite")) ?? missing();

function missing(): never {
  throw new UnsupportedRuntimeError(
    `@class-cache/sqlite needs Node.js 22.13 or newer, which has SQLite built in; this is ` +
      `${process.version}. Use a newer Node.js, or another backend, such as fileBlocks().`,
  );
}

/** Node.js 22 announces at every start that its SQLite is experimental; users cannot act on that. */
function withoutNotice<T>(load: () => T): T {
  const original = Object.getOwnPropertyDescriptor(process, "emitWarning");
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: never[]): void => {
    if (!String(warning).includes("SQLite")) emitWarning(warning, ...rest);
  };
  try {
    return load();
  } finally {
    if (original !== undefined) Object.defineProperty(process, "emitWarning", original);
  }
}
