import type { Socket } from "node:net";
import { frameOf } from "./frames.ts";

/** Parts up to this size are copied together, so that many frames are one call of the system. */
const SMALL_BYTES = 16 * 1024;

/** Sends frames. Those of one tick leave together. */
export class Outbox {
  readonly #socket: Socket;
  #parts: Uint8Array[] = [];
  #hasLarge = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(message: readonly Uint8Array[]): void {
    if (this.#parts.length === 0) process.nextTick(this.flush);
    for (const part of frameOf(message)) {
      this.#parts.push(part);
      if (part.byteLength > SMALL_BYTES) this.#hasLarge = true;
    }
  }

  readonly flush = (): void => {
    const parts = this.#parts;
    const hasLarge = this.#hasLarge;
    this.#parts = [];
    this.#hasLarge = false;
    if (parts.length === 0 || this.#socket.destroyed || this.#socket.writableEnded) return;
    if (hasLarge) this.#writeEach(parts);
    else this.#socket.write(Buffer.concat(parts));
  };

  #writeEach(parts: readonly Uint8Array[]): void {
    this.#socket.cork();
    let small: Uint8Array[] = [];
    const writeSmall = (): void => {
      if (small.length > 0) this.#socket.write(Buffer.concat(small));
      small = [];
    };
    for (const part of parts) {
      if (part.byteLength <= SMALL_BYTES) small.push(part);
      else {
        writeSmall();
        this.#socket.write(part);
      }
    }
    writeSmall();
    this.#socket.uncork();
  }
}
