import type { Socket } from "node:net";
import { StoreError } from "@class-cache/mapping";
import { FrameReader, lengthOf, LONGEST_FRAME } from "./frames.ts";
import { LONGEST_GREETING, OwnerGreeting } from "./handshake.ts";
import type { RequestMessage } from "./messages.ts";
import {
  decodeRequest,
  encodeFailure,
  encodeResult,
  encodeSignOfLife,
  SIGN_OF_LIFE,
} from "./messages.ts";
import { Outbox } from "./outbox.ts";
import type { Owner } from "./owner.ts";
import type { RequestKind, RequestOf, Results } from "./requests.ts";

/** Requests of one guest that may be under way; more are read when some are answered. */
const MOST_REQUESTS = 1024;

/** Time that a guest has to prove itself. */
const GREETING_MS = 5000;

/** Time that a guest has to fetch its last answers from an owner that closes. */
const LAST_ANSWERS_MS = 1000;

/** What a connection tells the server. */
export interface ConnectionEvents {
  /** The guest has proved itself. */
  onGuest(guest: string, connection: GuestConnection): void;
  onClosed(connection: GuestConnection): void;
}

/** A guest of the owner, on the owner's side of the socket. */
export class GuestConnection {
  readonly #socket: Socket;
  readonly #owner: Owner;
  readonly #events: ConnectionEvents;
  readonly #outbox: Outbox;
  readonly #reader: FrameReader = new FrameReader(LONGEST_GREETING);
  readonly #greeting: OwnerGreeting;
  readonly #greetingTimer: NodeJS.Timeout;
  #guest: string | undefined;
  #underWay = 0;
  #hasEnded = false;
  #onIdle: () => void = () => {};

  constructor(socket: Socket, owner: Owner, secret: Buffer, events: ConnectionEvents) {
    this.#socket = socket;
    this.#owner = owner;
    this.#events = events;
    this.#outbox = new Outbox(socket);
    this.#greeting = new OwnerGreeting(secret);
    this.#greetingTimer = setTimeout(() => this.destroy(), GREETING_MS).unref();
    // A guest must not keep the owner's process alive.
    socket.unref();
    socket.on("data", (chunk) => {
      this.#reader.push(chunk);
      this.#read();
    });
    socket.on("drain", () => this.#read());
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.#closed());
  }

  /** Shows a guest that waits that its owner is well. */
  showLife(): void {
    if (this.#underWay > 0 && !this.#socket.writableNeedDrain) {
      this.#outbox.send(encodeSignOfLife());
    }
  }

  /** Answers what is under way and takes nothing more. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#socket.pause();
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#outbox.flush();
    this.#socket.end(() => this.#socket.destroy());
    setTimeout(() => this.#socket.destroy(), LAST_ANSWERS_MS).unref();
  }

  destroy(): void {
    this.#hasEnded = true;
    this.#socket.destroy();
  }

  #read(): void {
    try {
      while (!this.#hasEnded && !this.#isBusy) {
        const frame = this.#reader.next();
        if (frame === undefined) break;
        this.#take(frame);
      }
    } catch {
      // What sends such bytes is no guest of ours, or a broken one: it gets no answer.
      this.destroy();
      return;
    }
    if (this.#isBusy) this.#socket.pause();
    else if (!this.#hasEnded) this.#socket.resume();
  }

  get #isBusy(): boolean {
    return this.#underWay >= MOST_REQUESTS || this.#socket.writableNeedDrain;
  }

  #take(frame: Buffer): void {
    if (this.#greeting.guest === undefined) {
      const { parts, isRefusal } = this.#greeting.welcome(frame);
      this.#outbox.send(parts);
      this.#outbox.flush();
      if (isRefusal) void this.end();
    } else if (this.#guest === undefined) {
      this.#greeting.check(frame);
      this.#guest = this.#greeting.guest;
      clearTimeout(this.#greetingTimer);
      this.#reader.limit = LONGEST_FRAME;
      this.#events.onGuest(this.#guest, this);
    } else if (frame.length === 4 && frame.readUInt32LE(0) === SIGN_OF_LIFE) {
      this.#owner.leave(this.#guest, true);
      this.#guest = undefined;
      this.destroy();
    } else this.#answer(decodeRequest(frame), this.#guest);
  }

  #answer({ requestId, request, write }: RequestMessage, guest: string): void {
    if (request.kind !== "write" && !this.#owner.isInPlace) {
      // The guest asks whoever is the next.
      this.destroy();
      return this.#owner.onRetire();
    }
    if (request.kind === "lookup" || request.kind === "heads") {
      return this.#outbox.send(this.#records(requestId, request));
    }
    this.#underWay += 1;
    const result =
      request.kind === "write" && write !== undefined
        ? this.#owner.performOnce(guest, write.number, write.oldestOpen, request)
        : this.#owner.perform(request);
    result.then(
      (value) => this.#answered(answerOf(requestId, request.kind, value)),
      (error: unknown) => this.#answered(encodeFailure(requestId, error as Error)),
    );
  }

  #records(requestId: number, request: RequestOf<"lookup" | "heads">): Uint8Array[] {
    try {
      return answerOf(requestId, request.kind, this.#owner.records(request));
    } catch (error) {
      return encodeFailure(requestId, error as Error);
    }
  }

  #answered(message: readonly Uint8Array[]): void {
    this.#outbox.send(message);
    const wasBusy = this.#isBusy;
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onIdle();
    if (wasBusy) this.#read();
  }

  #closed(): void {
    this.#hasEnded = true;
    clearTimeout(this.#greetingTimer);
    if (this.#guest !== undefined) this.#owner.leave(this.#guest, false);
    this.#events.onClosed(this);
  }
}

/** A refusal where the result is too large: a guest would leave over it, and come back to ask again. */
function answerOf(
  requestId: number,
  kind: RequestKind,
  result: Results[RequestKind],
): Uint8Array[] {
  const answer = encodeResult(requestId, kind, result);
  const length = lengthOf(answer);
  if (length <= LONGEST_FRAME) return answer;
  const refusal = `${length} bytes are too large an answer from the process that owns the store.`;
  return encodeFailure(requestId, new StoreError(`${refusal} Ask for fewer entries at a time.`));
}
