import type { Awaitable } from "@class-cache/mapping";
import type { Connection, Store } from "./connection.ts";
import { transact } from "./database-file.ts";
import { pause } from "./patience.ts";
import type { Mending } from "./rescue.ts";
import { isBusy, isDamage, isReadOnlyByDamage, storeError } from "./sqlite-error.ts";

/** `queueMicrotask` would cost a microsecond more a write. */
const endOfTick: Promise<void> = Promise.resolve();

/** What a batch runs around its members, inside their transaction. */
export interface Rules {
  /** Whether a member may be committed without them. */
  readonly idle: boolean;
  before(store: Store): void;
  after(store: Store): void;
}

/** The transaction that a member runs in; `undefined`: its one statement is its own. */
export type Transaction = object | undefined;

interface Member {
  run(store: Store, transaction: Transaction): unknown;
  readonly isOneStatement: boolean;
  /** When it is refused if the database is still locked; set when it was first found locked. */
  deadline: number | undefined;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * All writes of a backend, in the order in which they were asked for. Those asked for in one tick
 * share a transaction, since a commit costs ten times what a write costs; a write that is awaited
 * before the next is committed at once. Each promise settles after its commit.
 */
export class WriteBatch {
  readonly #connection: Connection;
  readonly #busyTimeout: number;
  readonly #rules: Rules;
  readonly #mend: (error: Error) => Promise<Mending>;
  /** Invariant: holds every write that has been asked for and is neither committed nor refused. */
  #members: Member[] = [];
  /** So many of the first members are tried one by one, since together they failed. */
  #alone = 0;
  /** While another process keeps the database locked, or the database is being mended. */
  #waiting: Promise<void> | undefined;
  /** What the last try found damaged, as long as nobody has tried to mend it. */
  #damage: Error | undefined;
  /** Whether mending was tried since the last commit: what is still damaged is refused. */
  #isMended = false;
  /** What was in the way of mending it. */
  #obstacle: Error | undefined;

  /** @param mend tries to mend the store in which such an error found damage; never rejects */
  constructor(
    connection: Connection,
    busyTimeout: number,
    rules: Rules,
    mend: (error: Error) => Promise<Mending>,
  ) {
    this.#connection = connection;
    this.#busyTimeout = busyTimeout;
    this.#rules = rules;
    this.#mend = mend;
  }

  /**
   * @param run leaves nothing behind when its transaction is rolled back; may be run again
   * @param isOneStatement it is atomic without a transaction
   * @returns what `run` returned, once it is committed
   */
  add<T>(run: (store: Store, transaction: Transaction) => T, isOneStatement = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const member = { run, isOneStatement, deadline: undefined, resolve, reject };
      this.#members.push(member as Member);
      if (this.#members.length === 1) void endOfTick.then(this.#commit);
    });
  }

  /** Called before a read, which has to see every write that was asked for earlier. */
  settle(): Awaitable<void> {
    if (this.#members.length > 0) this.#commit();
    return this.#waiting;
  }

  readonly #commit = (): void => {
    if (this.#waiting === undefined && !this.#tryCommit()) {
      this.#waiting = this.#insist();
    }
  };

  async #insist(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      if (this.#damage === undefined) await pause(tries);
      else await this.#mendDamage(this.#damage);
      if (!this.#tryCommit()) continue;
      this.#waiting = undefined;
      this.#isMended = false;
      return;
    }
  }

  async #mendDamage(damage: Error): Promise<void> {
    this.#damage = undefined;
    this.#isMended = true;
    const { obstacle } = await this.#mend(storeError("write to", this.#connection.path, damage));
    this.#obstacle = obstacle;
  }

  /** @returns false when members are left: the database is locked, or to be mended first */
  #tryCommit(): boolean {
    while (this.#members.length > 0) {
      const count = this.#alone > 0 ? 1 : this.#members.length;
      try {
        const results = this.#transact(count);
        const committed = this.#take(count);
        for (let index = 0; index < count; index += 1) committed[index]?.resolve(results[index]);
      } catch (error) {
        if (isBusy(error)) {
          this.#refuseOverdue(error);
          return this.#members.length === 0;
        }
        const isDamaged = isDamage(error) || isReadOnlyByDamage(error, this.#connection.path);
        if (isDamaged && !this.#isMended) {
          this.#damage = error as Error;
          return false;
        }
        if (count === 1) this.#refuse(1, (isDamaged && this.#obstacle) || error);
        else this.#alone = count;
      }
    }
    return true;
  }

  /** @returns what the first members returned */
  #transact(count: number): unknown[] {
    const store = this.#connection.made();
    const [first] = this.#members;
    if (count === 1 && first?.isOneStatement && this.#rules.idle) {
      return [first.run(store, undefined)];
    }
    try {
      return transact(store.db, () => this.#run(store, count));
    } catch (error) {
      store.rollbacks += 1;
      throw error;
    }
  }

  #run(store: Store, count: number): unknown[] {
    const transaction = {};
    this.#rules.before(store);
    const results: unknown[] = [];
    for (let index = 0; index < count; index += 1) {
      results.push(this.#members[index]?.run(store, transaction));
    }
    this.#rules.after(store);
    return results;
  }

  #refuseOverdue(error: unknown): void {
    const now = performance.now();
    for (const member of this.#members) member.deadline ??= now + this.#busyTimeout;
    const waiting = this.#members.findIndex(({ deadline = now }) => deadline > now);
    this.#refuse(waiting < 0 ? this.#members.length : waiting, error);
  }

  #refuse(count: number, error: unknown): void {
    const refusal = storeError("write to", this.#connection.path, error);
    for (const member of this.#take(count)) member.reject(refusal);
  }

  #take(count: number): Member[] {
    this.#alone = Math.max(0, this.#alone - count);
    const taken = this.#members;
    if (count < taken.length) return taken.splice(0, count);
    this.#members = [];
    return taken;
  }
}
