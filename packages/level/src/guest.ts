import type { Socket } from "node:net";
import { createConnection } from "node:net";
import type { Address } from "./address.ts";
import { FrameReader, LONGEST_FRAME } from "./frames.ts";
import { GuestGreeting, LONGEST_GREETING } from "./handshake.ts";
import { encodeSignOfLife } from "./messages.ts";
import { Outbox } from "./outbox.ts";

/** Who is told of what comes from the owner. */
export interface GuestEvents {
  onMessage(message: Buffer): void;
  /** The connection has ended, however it did. */
  onClosed(): void;
}

/** Who takes what comes from the socket. */
interface Incoming {
  take(chunk: Buffer): void;
}

/** Bytes that are read at once, into memory that is used for all that is read. */
const READ_BYTES: number = 64 * 1024;

/** A process that is not the owner: its side of the socket. */
export class Guest {
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #reader: FrameReader;
  readonly #incoming: Incoming;
  #events: GuestEvents | undefined;

  private constructor(socket: Socket, reader: FrameReader, incoming: Incoming) {
    this.#socket = socket;
    this.#reader = reader;
    this.#incoming = incoming;
    this.#outbox = new Outbox(socket);
  }

  /**
   * @param where for messages
   * @param signal gives up
   * @returns undefined when no owner answers there
   * @throws StoreError when what answers is no owner, or one of another version
   */
  static async connect(
    address: Address,
    name: string,
    where: string,
    signal: AbortSignal,
  ): Promise<Guest | undefined> {
    const incoming: Incoming = { take() {} };
    const socket = createConnection({
      path: address.socket,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback(count, bytes) {
          incoming.take(Buffer.from(bytes.subarray(0, count)));
          return true;
        },
      },
    });
    const reader = new FrameReader(LONGEST_GREETING);
    const greeting = new GuestGreeting(address.secret, where);
    const outbox = new Outbox(socket);
    const isOwner = new Promise<boolean>((resolve, reject) => {
      incoming.take = (chunk) => {
        try {
          reader.push(chunk);
          const welcome = reader.next();
          if (welcome === undefined) return;
          incoming.take = (early) => reader.push(early);
          outbox.send(greeting.answer(welcome));
          resolve(true);
        } catch (error) {
          reject(error as Error);
        }
      };
      socket.once("connect", () => outbox.send(greeting.hello(name)));
      socket.on("error", () => resolve(false));
      socket.on("close", () => resolve(false));
      signal.addEventListener("abort", () => resolve(false), { once: true });
    });
    try {
      if (!(await isOwner)) {
        socket.destroy();
        return undefined;
      }
    } catch (error) {
      socket.destroy();
      throw error;
    }
    outbox.flush();
    reader.limit = LONGEST_FRAME;
    return new Guest(socket, reader, incoming);
  }

  /** Begins to listen. */
  start(events: GuestEvents): void {
    this.#events = events;
    this.#incoming.take = (chunk) => {
      try {
        this.#reader.push(chunk);
        for (let frame = this.#reader.next(); frame; frame = this.#reader.next()) {
          this.#events?.onMessage(frame);
        }
      } catch {
        this.#socket.destroy();
      }
    };
    this.#socket.on("close", () => this.#closed());
    if (this.#socket.destroyed) queueMicrotask(() => this.#closed());
  }

  /** Whether the owner does not keep up: then what is to be sent had better wait for `onDrain`. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  set onDrain(resume: () => void) {
    this.#socket.on("drain", resume);
  }

  send(message: readonly Uint8Array[]): void {
    this.#outbox.send(message);
  }

  /** Whether the process stays alive for the connection. */
  keepAlive(stays: boolean): void {
    if (stays) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Tells the owner that this guest has all its answers and will not come back. */
  leave(): void {
    this.#events = undefined;
    this.#outbox.send(encodeSignOfLife());
    this.#outbox.flush();
    this.#socket.unref();
    this.#socket.end();
  }

  #closed(): void {
    const events = this.#events;
    this.#events = undefined;
    events?.onClosed();
  }
}
