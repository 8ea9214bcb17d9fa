import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { StoreError } from "@class-cache/mapping";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { malformed } from "./malformed.ts";

/*
 * Guest and owner prove to each other that they know the secret, which stands in a file that only
 * their user can read, without sending it:
 *
 *   guest   magic, version, name of the guest, challenge
 *   owner   magic, version, proof for the guest's challenge, challenge
 *   guest   proof for the owner's challenge
 *
 * An owner of another version answers with magic and version alone.
 */

const MAGIC = "class-cache level";
const VERSION = 2;
const CHALLENGE_BYTES = 16;
const PROOF_BYTES = 32;

/** Longest frame before the peer has proved itself. */
export const LONGEST_GREETING = 256;

const GUEST_NAME = /^[0-9a-f]{32}$/;

/** A name for a guest, unlike any other's. */
export function newGuestName(): string {
  return randomBytes(16).toString("hex");
}

export function newSecret(): Buffer {
  return randomBytes(32);
}

function proof(secret: Buffer, role: "owner" | "guest", challenge: Buffer): Buffer {
  return createHmac("sha256", secret).update(role).update(challenge).digest();
}

/** The guest's part of the handshake. */
export class GuestGreeting {
  readonly #secret: Buffer;
  readonly #where: string;
  readonly #challenge: Buffer = randomBytes(CHALLENGE_BYTES);

  /** @param where for messages */
  constructor(secret: Buffer, where: string) {
    this.#secret = secret;
    this.#where = where;
  }

  hello(guest: string): Uint8Array[] {
    const out = new ByteWriter();
    out.text(MAGIC);
    out.u32(VERSION);
    out.text(guest);
    out.raw(this.#challenge);
    return out.parts();
  }

  /**
   * @returns the proof to send
   * @throws StoreError when the owner speaks another version or does not know the secret
   */
  answer(welcome: Buffer): Uint8Array[] {
    const from = new ByteReader(welcome);
    if (from.text() !== MAGIC) throw malformed("it is no greeting");
    const version = from.u32();
    if (version !== VERSION) {
      throw new StoreError(
        `The process that serves ${this.#where} speaks version ${version} of the protocol, this ` +
          `release version ${VERSION}. Use one release of @class-cache/level in all processes, or ` +
          "a folder for each.",
      );
    }
    const proved = from.raw(PROOF_BYTES);
    const challenge = from.raw(CHALLENGE_BYTES);
    from.end();
    if (!timingSafeEqual(proved, proof(this.#secret, "owner", this.#challenge))) {
      throw malformed("its sender does not know the secret of the store");
    }
    return [proof(this.#secret, "guest", challenge)];
  }
}

/** The owner's part of the handshake. */
export class OwnerGreeting {
  readonly #secret: Buffer;
  readonly #challenge: Buffer = randomBytes(CHALLENGE_BYTES);
  /** Known from the guest's first message on. */
  guest: string | undefined;

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /**
   * @returns what to send
   * @throws StoreError when the bytes are no greeting
   */
  welcome(hello: Buffer): { readonly parts: Uint8Array[]; readonly isRefusal: boolean } {
    const from = new ByteReader(hello);
    if (from.text() !== MAGIC) throw malformed("it is no greeting");
    const version = from.u32();
    const out = new ByteWriter();
    out.text(MAGIC);
    out.u32(VERSION);
    if (version !== VERSION) return { parts: out.parts(), isRefusal: true };
    const guest = from.text();
    if (!GUEST_NAME.test(guest)) throw malformed("the guest's name is none");
    const challenge = from.raw(CHALLENGE_BYTES);
    from.end();
    this.guest = guest;
    out.raw(proof(this.#secret, "owner", challenge));
    out.raw(this.#challenge);
    return { parts: out.parts(), isRefusal: false };
  }

  /** @throws StoreError when the guest does not know the secret */
  check(answer: Buffer): void {
    const expected = proof(this.#secret, "guest", this.#challenge);
    if (answer.length !== expected.length || !timingSafeEqual(answer, expected)) {
      throw malformed("its sender does not know the secret of the store");
    }
  }
}
