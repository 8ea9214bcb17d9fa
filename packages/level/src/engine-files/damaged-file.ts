/** A file of a database that is not as it was written, or is gone. */
export interface DamagedFile {
  readonly path: string;
  /** What of it, for a message, with its path. */
  readonly what: string;
}

export function partOf(path: string): DamagedFile {
  return { path, what: `A part of ${path}` };
}

export function allOf(path: string): DamagedFile {
  return { path, what: `The file ${path}` };
}
