import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

/** A folder as it was at a moment, to be put back again and again. */
export class StoreFiles {
  readonly #folder: string;
  readonly #copy: string;
  /** The paths of its files below the folder, with their bytes. */
  readonly files: ReadonlyMap<string, Buffer>;

  /**
   * @param folder where it is put back
   * @param copy where it is kept
   */
  constructor(folder: string, copy: string) {
    this.#folder = folder;
    this.#copy = copy;
    const entries = readdirSync(copy, { withFileTypes: true, recursive: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(copy, join(entry.parentPath, entry.name)));
    this.files = new Map(paths.toSorted().map((path) => [path, readFileSync(join(copy, path))]));
  }

  /** @param copy where to keep the copy: a path at which nothing is */
  static copyOf(folder: string, copy: string): StoreFiles {
    cpSync(folder, copy, { recursive: true });
    return new StoreFiles(folder, copy);
  }

  /** Makes the folder what it was. */
  putBack(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder);
    cpSync(this.#copy, this.#folder, { recursive: true });
  }
}
