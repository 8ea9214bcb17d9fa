import type { LogFile } from "./log-file.ts";
import { SUPERSEDED, VOID } from "./record.ts";

/** The marks that a process still has to set in a log, by where they stand. */
export class BlockMarks {
  #superseded: number[] = [];
  #void: number[] = [];

  get areOwed(): boolean {
    return this.#superseded.length > 0 || this.#void.length > 0;
  }

  /** Notes the mark of a record whose place a later one has taken. */
  supersede(offset: number): void {
    this.#superseded.push(offset);
  }

  /** Notes the mark of a record whose condition was not met. */
  avoid(offset: number): void {
    this.#void.push(offset);
  }

  /** Sets them, unless the log is closed: then they are given up. */
  write(log: LogFile): void {
    if (!log.isOpen) return this.forget();
    if (this.#superseded.length > 0) log.patch(SUPERSEDED, this.#superseded);
    this.#superseded = [];
    if (this.#void.length > 0) log.patch(VOID, this.#void);
    this.#void = [];
  }

  forget(): void {
    this.#superseded = [];
    this.#void = [];
  }
}
