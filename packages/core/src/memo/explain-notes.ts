import type { Unkept } from "./explanation.ts";

/** What this process last did about a call's result. */
export type Note =
  | { readonly what: "stored"; readonly at: number; readonly freshUntil: number }
  | { readonly what: "invalidated" }
  | { readonly what: "cleared" }
  | { readonly what: Unkept };

/** Calls that notes are kept of. */
const MOST_NOTES = 500;

/** Remembers of the calls last computed or changed what the store itself does not tell. */
export class Notes {
  /** The oldest first. */
  readonly #notes = new Map<string, Note>();

  of(key: string): Note | undefined {
    return this.#notes.get(key);
  }

  add(key: string, note: Note): void {
    this.#notes.delete(key);
    this.#notes.set(key, note);
    if (this.#notes.size <= MOST_NOTES) return;
    for (const oldest of this.#notes.keys()) {
      this.#notes.delete(oldest);
      return;
    }
  }

  /** Everything that was stored was cleared. */
  clear(): void {
    for (const [key, { what }] of this.#notes) {
      if (what === "stored") this.#notes.set(key, { what: "cleared" });
    }
  }
}
