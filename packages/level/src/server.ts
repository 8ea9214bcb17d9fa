import { chmodSync } from "node:fs";
import type { Server as SocketServer } from "node:net";
import { createServer } from "node:net";
import { ioError } from "@class-cache/mapping/disk";
import { GuestConnection } from "./guest-connection.ts";
import type { Address } from "./address.ts";
import type { Owner } from "./owner.ts";

/** Pause between two signs of life to guests that wait. */
const SIGN_OF_LIFE_MS = 500;

/** Serves an owner's store to the processes that are its guests. */
export class Server {
  readonly #owner: Owner;
  readonly #secret: Buffer;
  readonly #server: SocketServer;
  readonly #connections = new Set<GuestConnection>();
  /** The connection of each guest that has proved itself. */
  readonly #guests = new Map<string, GuestConnection>();
  readonly #timer: NodeJS.Timeout;

  private constructor(owner: Owner, secret: Buffer) {
    this.#owner = owner;
    this.#secret = secret;
    this.#server = createServer((socket) => {
      const connection = new GuestConnection(socket, this.#owner, this.#secret, {
        onGuest: (guest, sender) => this.#enter(guest, sender),
        onClosed: (sender) => this.#leave(sender),
      });
      this.#connections.add(connection);
    });
    this.#timer = setInterval(() => {
      for (const connection of this.#connections) connection.showLife();
    }, SIGN_OF_LIFE_MS).unref();
  }

  /** @throws StoreError when the socket cannot be made */
  static async listen(owner: Owner, { socket, secret }: Address): Promise<Server> {
    const server = new Server(owner, secret);
    try {
      await new Promise<void>((resolve, reject) => {
        server.#server.once("error", reject);
        server.#server.listen(socket, resolve);
      });
      server.#server.removeAllListeners("error");
      // A failed accept, for want of descriptors for instance, costs that guest a try.
      server.#server.on("error", () => {});
      server.#server.unref();
      if (process.platform !== "win32") chmodSync(socket, 0o600);
    } catch (error) {
      await server.close();
      throw ioError("listen on the socket", socket, error);
    }
    return server;
  }

  /** Answers what is under way, then ends all connections. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#server.close();
    await Promise.all(Array.from(this.#connections, (connection) => connection.end()));
  }

  #enter(guest: string, connection: GuestConnection): void {
    // What an earlier connection of the guest still holds has been given up by it.
    this.#guests.get(guest)?.destroy();
    this.#guests.set(guest, connection);
  }

  #leave(connection: GuestConnection): void {
    this.#connections.delete(connection);
    for (const [guest, its] of this.#guests) if (its === connection) this.#guests.delete(guest);
  }
}
