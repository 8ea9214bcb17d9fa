import { ClosedError, publishError } from "@class-cache/mapping";
import type { Awaitable, ReportError } from "@class-cache/mapping";
import { elect, Ownership } from "./election.ts";
import { Guest } from "./guest.ts";
import { newGuestName } from "./handshake.ts";
import { answeredRequest, decodeResult, encodeRequest, SIGN_OF_LIFE } from "./messages.ts";
import { noAnswer } from "./no-answer.ts";
import type { Owner } from "./owner.ts";
import type { Allot } from "./record-memory.ts";
import { freshMemory } from "./record-memory.ts";
import type { LevelStore, Request, RequestKind, RequestOf, Results } from "./requests.ts";

/** Requests that a guest may have without an answer; the others wait here. */
const MOST_SENT = 512;

/** Pause between two looks for requests that have waited too long. */
const LOOK_MS = 200;

/**
 * Age at which a write is not sent again, come what may: shorter than owners remember the writes of
 * a guest that has left, so that none is applied twice.
 */
const OLDEST_RETRY_MS = 300_000;

interface Pending {
  readonly request: Request;
  readonly report: ReportError;
  /** Tells a write from all others of this guest. 0: it is no write. */
  readonly number: number;
  /** By `performance.now()`. */
  readonly since: number;
  readonly settle: (result: Results[RequestKind]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * This process's way to a store: as the owner of its database while it is that, else as the guest of
 * the process that is. A change of the owner is not noticed by who asks: requests without an answer
 * are put to the next one, in their order, and writes among them take effect once.
 */
export class Access implements LevelStore {
  readonly #dir: string;
  readonly #timeout: number;
  readonly #name: string = newGuestName();
  #ownership: Ownership | undefined;
  #guest: Guest | undefined;
  #owner: Owner | undefined;
  #electing: AbortController | undefined;
  #election: Promise<void> = Promise.resolve();
  /** The end of this process's last time as the owner. */
  #ending: Promise<void> = Promise.resolve();
  #closed = false;
  #lastNumber = 0;
  #lastRequestId = 0;
  /** All requests without an answer, in their order. */
  readonly #pending = new Set<Pending>();
  /** Those of them that are writes, by number. */
  readonly #openWrites = new Set<number>();
  /** Those that the guest has sent to the present owner, by the number of the message. */
  readonly #sent = new Map<number, Pending>();
  /** Those that the guest has still to send. */
  #unsent: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastLook = 0;
  #lastHeard = 0;
  #whenIdle: (() => void) | undefined;

  /** @param timeout milliseconds without a word from the owner after which a request fails */
  constructor(dir: string, timeout: number) {
    this.#dir = dir;
    this.#timeout = timeout;
  }

  /** @param report told of what is found damaged if the database is opened for it. Default: the channel */
  perform<K extends RequestKind>(
    request: RequestOf<K>,
    report: ReportError = publishError,
  ): Promise<Results[K]> {
    // A write looks by itself, at what it is about to be added to.
    const owner = request.kind === "write" ? this.#owner : this.#readable;
    if (owner !== undefined) return owner.perform<K>(request);
    return this.#ask(request, report) as Promise<Results[K]>;
  }

  /** Memory for a record that is handed to `perform` before control is given back. */
  get allot(): Allot {
    return this.#owner?.allot ?? freshMemory;
  }

  /** The bytes of an entry's record; at once where this process is the owner. */
  lookup(id: string, key: string, report: ReportError): Awaitable<Uint8Array | undefined> {
    const owner = this.#readable;
    if (owner !== undefined) return owner.lookup(id, key);
    const records = this.perform<"lookup">({ kind: "lookup", id, keys: [key] }, report);
    return records.then(([record]) => record);
  }

  /** As `lookup`, but of a large record its head alone. */
  head(id: string, key: string, report: ReportError): Awaitable<Uint8Array | undefined> {
    const owner = this.#readable;
    if (owner !== undefined) return owner.head(id, key);
    const heads = this.perform<"heads">({ kind: "heads", id, keys: [key] }, report);
    return heads.then(([head]) => head);
  }

  /** Waits for what is under way, then leaves the store to the others. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#pending.size > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    this.#endWatch();
    this.#electing?.abort();
    await this.#election;
    this.#owner = undefined;
    this.#guest?.leave();
    this.#guest = undefined;
    await this.#endOwnership();
    await this.#ending;
  }

  /** The owner, if it is this process and nobody has taken the database from its place. */
  get #readable(): Owner | undefined {
    const owner = this.#owner;
    if (owner === undefined || owner.isInPlace) return owner;
    owner.onRetire();
    return undefined;
  }

  #ask(request: Request, report: ReportError): Promise<Results[RequestKind]> {
    if (this.#closed) return Promise.reject(new ClosedError(`The store in ${this.#dir}`));
    const number = request.kind === "write" ? ++this.#lastNumber : 0;
    return new Promise((resolve, reject) => {
      const end = (): void => this.#end(pending);
      const pending: Pending = {
        request,
        report,
        number,
        since: performance.now(),
        settle(result) {
          end();
          resolve(result);
        },
        reject(error) {
          end();
          reject(error);
        },
      };
      if (this.#pending.size === 0) this.#guest?.keepAlive(true);
      this.#pending.add(pending);
      if (number > 0) this.#openWrites.add(number);
      this.#watch();
      this.#unsent.push(pending);
      if (this.#guest === undefined) this.#elect();
      else this.#send(this.#guest);
    });
  }

  #end(pending: Pending): void {
    this.#pending.delete(pending);
    this.#openWrites.delete(pending.number);
    if (this.#pending.size > 0) return;
    this.#guest?.keepAlive(false);
    this.#electing?.abort();
    this.#whenIdle?.();
  }

  #elect(): void {
    if (this.#electing !== undefined) return;
    const electing = new AbortController();
    this.#electing = electing;
    this.#election = this.#ending
      .then(() => elect(this.#dir, this.#name, electing.signal, this.#report))
      .then(
        (found) => {
          this.#electing = undefined;
          if (found instanceof Ownership) this.#own(found);
          else if (found instanceof Guest) this.#visit(found);
          else if (this.#pending.size > 0) this.#elect();
        },
        (error: unknown) => {
          this.#electing = undefined;
          for (const pending of Array.from(this.#pending)) pending.reject(error as Error);
        },
      );
  }

  /** Tells the channel, and whoever waits for the database to be opened, of what is damaged in it. */
  readonly #report = (error: Error): void => {
    const waiting = Array.from(this.#pending, ({ report }) => report);
    for (const report of new Set([publishError, ...waiting])) report(error);
  };

  #own(ownership: Ownership): void {
    const { owner } = ownership;
    this.#ownership = ownership;
    this.#owner = owner;
    owner.onRetire = () => {
      if (this.#owner === owner) this.#owner = undefined;
      void this.#endOwnership();
    };
    this.#unsent = [];
    for (const pending of Array.from(this.#pending)) {
      const { request, number, settle, reject } = pending;
      if (this.#isTooOld(pending)) continue;
      const result =
        request.kind === "write"
          ? owner.performOnce(this.#name, number, this.#oldestOpen, request)
          : owner.perform(request);
      result.then(settle, reject);
    }
    owner.leave(this.#name, false);
  }

  #visit(guest: Guest): void {
    this.#guest = guest;
    this.#sent.clear();
    guest.onDrain = () => this.#send(guest);
    guest.keepAlive(this.#pending.size > 0);
    guest.start({
      onMessage: (message) => this.#receive(guest, message),
      onClosed: () => this.#lose(guest),
    });
    this.#unsent = Array.from(this.#pending).filter((pending) => !this.#isTooOld(pending));
    this.#send(guest);
  }

  #send(guest: Guest): void {
    let count = 0;
    while (count < this.#unsent.length && this.#sent.size < MOST_SENT && !guest.isFull) {
      const pending = this.#unsent[count]!;
      count += 1;
      if (!this.#pending.has(pending)) continue;
      const { request, number } = pending;
      this.#lastRequestId = (this.#lastRequestId % 0xffffffff) + 1;
      this.#sent.set(this.#lastRequestId, pending);
      const write = number === 0 ? undefined : { number, oldestOpen: this.#oldestOpen };
      guest.send(encodeRequest({ requestId: this.#lastRequestId, request, write }));
    }
    this.#unsent.splice(0, count);
  }

  #receive(guest: Guest, message: Buffer): void {
    if (guest !== this.#guest) return;
    this.#lastHeard = performance.now();
    const requestId = answeredRequest(message);
    if (requestId === SIGN_OF_LIFE) return;
    const pending = this.#sent.get(requestId);
    this.#sent.delete(requestId);
    // Without one it has been given up.
    if (pending !== undefined) answer(pending, message);
    if (this.#unsent.length > 0) this.#send(guest);
  }

  #lose(guest: Guest): void {
    if (guest !== this.#guest) return;
    this.#guest = undefined;
    this.#sent.clear();
    if (this.#pending.size > 0) this.#elect();
  }

  /** The first write without an answer: owners forget those before it. */
  get #oldestOpen(): number {
    for (const number of this.#openWrites) return number;
    return this.#lastNumber + 1;
  }

  #isTooOld(pending: Pending): boolean {
    if (performance.now() - pending.since < OLDEST_RETRY_MS) return false;
    pending.reject(noAnswer(this.#dir, this.#timeout));
    return true;
  }

  /** What is waited for keeps the process alive by itself: a socket, LevelDB or the pause of an election. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    this.#lastLook = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #endWatch(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    if (this.#pending.size === 0) return this.#endWatch();
    const now = performance.now();
    // After a standstill of this process the answers may well be there, unread.
    if (now - this.#lastLook > LOOK_MS * 5) this.#lastHeard = now;
    this.#lastLook = now;
    const given = (pending: Pending): number => now - Math.max(pending.since, this.#lastHeard);
    const late = Array.from(this.#pending).filter((pending) => given(pending) >= this.#timeout);
    if (late.length === 0 || this.#owner !== undefined) return;
    for (const pending of late) pending.reject(noAnswer(this.#dir, this.#timeout));
    const guest = this.#guest;
    // What it holds of ours must not be answered any more: the caller has been told.
    guest?.destroy();
    if (guest !== undefined) this.#lose(guest);
    if (this.#pending.size > 0 && this.#electing !== undefined) this.#electing.abort();
  }

  #endOwnership(): Promise<void> {
    const ownership = this.#ownership;
    this.#ownership = undefined;
    if (ownership !== undefined) {
      // Nobody can do anything about it, and what was acknowledged is written.
      this.#ending = ownership.end().catch((error: unknown) => publishError(error as Error));
    }
    return this.#ending;
  }
}

function answer(pending: Pending, message: Buffer): void {
  let result: Results[RequestKind];
  try {
    result = decodeResult(message, pending.request.kind);
  } catch (error) {
    pending.reject(error as Error);
    return;
  }
  pending.settle(result);
}
