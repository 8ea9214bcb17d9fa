/** Where SQLite keeps the log of writes to a database. */
export function logOf(path: string): string {
  return `${path}-wal`;
}

/** Where SQLite keeps the index of that log, as memory that processes share. */
export function indexOf(path: string): string {
  return `${path}-shm`;
}
