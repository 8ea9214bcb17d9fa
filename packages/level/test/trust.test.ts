import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Server, Socket } from "node:net";
import { createConnection, createServer } from "node:net";
import { dirname, join, relative } from "node:path";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { frameOf } from "../src/frames.ts";
import { GuestGreeting } from "../src/handshake.ts";
import { holdOwnerLock } from "./hold-owner-lock.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface Published {
  socket: string;
  secret: string;
}

function published(dir: string): Published {
  return JSON.parse(readFileSync(join(dir, "address"), "utf8")) as Published;
}

/** Something that is not the owner's server, at an address that looks like the owner's. */
async function impostor(dir: string, greet: (socket: Socket) => void): Promise<void> {
  const socket = join(dir, "socket-00000000");
  const connections = new Set<Socket>();
  const server: Server = createServer((connection) => {
    connections.add(connection);
    connection.on("error", () => {});
    greet(connection);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  writeFileSync(join(dir, "address"), JSON.stringify({ socket, secret: "00".repeat(32) }));
  ends.push(() => {
    for (const connection of connections) connection.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
}

function greeting(...parts: (number | string)[]): Buffer {
  const bytes = parts.map((part) => {
    if (typeof part === "string") return Buffer.from(part);
    const number = Buffer.alloc(4);
    number.writeUInt32LE(part);
    return number;
  });
  return Buffer.concat(frameOf(bytes));
}

describe("a guest", () => {
  test("takes over where a dead owner left its address and its socket", async () => {
    const dir = temporaryFolder();
    await using first = level({ dir });
    await first.open("m").set("key", 1);
    const before = published(dir);
    await first.close();
    mkdirSync(dirname(before.socket));
    writeFileSync(before.socket, "");
    writeFileSync(join(dir, "address"), JSON.stringify(before));
    await using second = level({ dir });
    expect(await second.open("m").get("key")).toBe(1);
    expect(published(dir).socket).not.toBe(before.socket);
    expect(() => statSync(dirname(before.socket))).toThrow("ENOENT");
  });

  test("does not trust who does not know the secret", async () => {
    const dir = temporaryFolder();
    ends.push(holdOwnerLock(dir));
    await impostor(dir, (socket) => {
      socket.write(greeting(17, "class-cache level", 2, "p".repeat(32), "c".repeat(16)));
    });
    await using backend = level({ dir, timeout: 500 });
    await expect(backend.open("m").get("key")).rejects.toMatchObject({ code: "ERR_STORE" });
  });

  test("is told when the owner speaks another version", async () => {
    const dir = temporaryFolder();
    ends.push(holdOwnerLock(dir));
    await impostor(dir, (socket) => socket.write(greeting(17, "class-cache level", 1)));
    await using backend = level({ dir, timeout: 500 });
    await expect(backend.open("m").get("key")).rejects.toMatchObject({
      code: "ERR_STORE",
      message: expect.stringContaining("speaks version 1"),
    });
  });

  test("does not trust the files of another user", async () => {
    const dir = temporaryFolder();
    await using owner = level({ dir });
    await owner.open("m").set("key", 1);
    const stranger = (process.getuid?.() ?? 0) + 1;
    const user = jest.spyOn(process as Required<NodeJS.Process>, "getuid");
    user.mockReturnValue(stranger);
    ends.push(() => jest.restoreAllMocks());
    await using backend = level({ dir, timeout: 500 });
    await expect(backend.open("m").get("key")).rejects.toMatchObject({
      code: "ERR_STORE",
      message: expect.stringContaining("is not trusted"),
    });
  });
});

describe("an owner", () => {
  /** Sends bytes to an owner. @returns what it answers, once it ends the connection */
  async function answerTo(dir: string, ...frames: Buffer[]): Promise<Buffer> {
    const socket = createConnection(published(dir).socket);
    const answers: Buffer[] = [];
    socket.on("data", (chunk) => answers.push(chunk));
    socket.on("error", () => {});
    for (const frame of frames) socket.write(frame);
    await new Promise((resolve) => socket.on("close", resolve));
    return Buffer.concat(answers);
  }

  test("does nothing for who does not know the secret, and goes on", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    const mapping = backend.open("m");
    await mapping.set("key", 1);
    const stranger = new GuestGreeting(Buffer.alloc(32), "here");
    const hello = Buffer.concat(frameOf(stranger.hello("ab".repeat(16))));
    const proof = Buffer.concat(frameOf([Buffer.alloc(32)]));
    const drop = Buffer.concat(frameOf([Buffer.from([1, 0, 0, 0, 2])]));
    const answer = await answerTo(dir, hello, proof, drop);
    // Its own greeting and no more.
    expect(answer.length).toBe(4 + 4 + 17 + 4 + 32 + 16);
    expect(await answerTo(dir, Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toEqual(Buffer.alloc(0));
    expect(await answerTo(dir, greeting("nonsense"))).toEqual(Buffer.alloc(0));
    expect(await mapping.get("key")).toBe(1);
  });

  test("tells a guest of another version its own, and no more", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    await backend.open("m").set("key", 1);
    const answer = await answerTo(dir, greeting(17, "class-cache level", 99));
    expect(answer).toEqual(greeting(17, "class-cache level", 2));
  });
});

describe("the files of a store", () => {
  test("are for their owner's eyes only", async () => {
    const dir = join(temporaryFolder(), "store");
    const before = process.umask(0);
    ends.push(() => process.umask(before));
    await using backend = level({ dir });
    const mapping = backend.open<number, unknown>("m");
    for (let key = 0; key < 60; key += 1)
      await mapping.set(key, Math.random().toString().repeat(9000));
    await (await backend.lease("name")).release();
    await backend.close();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, "db")).mode & 0o777).toBe(0o700);
    for (const file of filesIn(dir))
      expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
  });

  test("are for their owner's eyes only in folders that others may enter", async () => {
    const dir = join(temporaryFolder(), "store");
    const before = process.umask(0);
    ends.push(() => process.umask(before));
    mkdirSync(join(dir, "db"), { recursive: true, mode: 0o755 });
    await using backend = level({ dir });
    await backend.open("m").set("key", "v".repeat(100_000));
    expect(statSync(join(dir, "db")).mode & 0o777).toBe(0o700);
    // The system makes a socket as the umask says: until it is private, its folder is.
    const { socket } = published(dir);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(dirname(dirname(socket))).toBe(dir);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    await backend.close();
    expect(readdirSync(dir).filter((name) => name.startsWith("socket"))).toEqual([]);
    expect(statSync(dir).mode & 0o777).toBe(0o755);
  });

  test("may lie in a folder whose path is too long for a socket", async () => {
    const dir = join(temporaryFolder(), "d".repeat(100), "é".repeat(60));
    await using owner = level({ dir });
    await owner.open("m").set("key", 1);
    const { socket } = published(dir);
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(100);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(join(socket, "..")).mode & 0o777).toBe(0o700);
    await using guest = level({ dir });
    expect(await guest.open("m").get("key")).toBe(1);
    await owner.close();
    expect(() => statSync(join(socket, ".."))).toThrow("ENOENT");
    expect(await guest.open("m").get("key")).toBe(1);
  });

  test("of a store that is copied do not lead who opens the copy to the first one's files", async () => {
    for (const dir of [
      join(temporaryFolder(), "class-cache-first"),
      join(temporaryFolder(), "d".repeat(100), "class-cache-first"),
    ]) {
      await using owner = level({ dir });
      await owner.open("m").set("key", 1);
      const { socket } = published(dir);
      // As a backup does of a store that is in use, or whose owner was killed.
      const copied = join(temporaryFolder(), "copy");
      for (const name of filesIn(dir)) cpSync(name, join(copied, relative(dir, name)));
      await using other = level({ dir: copied });
      await other.open("m").set("key", 2);
      await other.close();
      expect(statSync(socket).isSocket()).toBe(true);
      await using guest = level({ dir });
      expect(await guest.open("m").get("key")).toBe(1);
    }
  });

  test("in a folder that cannot be written to give a coded error", async () => {
    const dir = join(temporaryFolder(), "file");
    writeFileSync(dir, "");
    chmodSync(dir, 0o600);
    await using backend = level({ dir });
    await expect(backend.open("m").get("key")).rejects.toMatchObject({ code: "ERR_STORE" });
  });
});
