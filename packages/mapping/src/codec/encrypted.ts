import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  KeyObject,
  randomBytes,
} from "node:crypto";
import { types } from "node:util";
import { checkCodec } from "../check-option.ts";
import { DamagedError, OptionError } from "../errors.ts";
import type { CodecContext, ValueCodec } from "./codec.ts";
import { checkFirstByte, firstByte } from "./first-byte.ts";

/** Options of `encrypted()`. */
export interface EncryptedOptions {
  /** The secret: 32 bytes, as bytes or as a secret `KeyObject`. Its bytes are copied. */
  readonly key: Uint8Array | KeyObject;
  /**
   * A name of the store, where one secret serves several: values are bound to it, and what is moved from
   * one store to the same id and key of another does not decrypt. Default: none, not bound.
   */
  readonly store?: string | undefined;
}

const algorithm = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const overhead = 1 + nonceBytes + tagBytes;
const formatVersion = 1;

/**
 * Encrypts what another codec writes, with AES-256-GCM under a fresh random nonce. The bytes are
 * bound to the mapping's id and to the entry's key: moved to another entry they do not decrypt. With
 * another secret, or after any change, they count as damaged. One secret serves 2³² values.
 * Compress below it, never above: `encrypted(compressed(structured()), { key })`.
 * @throws OptionError when there is no codec, the secret is not of 32 bytes, or the store's name no text
 */
export function encrypted(codec: ValueCodec, options: EncryptedOptions): ValueCodec {
  checkCodec(codec, "encrypted.codec");
  const secret = secretOf(options?.key);
  const { store } = options;
  if (store !== undefined && typeof store !== "string") {
    throw new OptionError("store", "a text", store);
  }

  function seal(plain: Uint8Array, context: CodecContext): Uint8Array {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, secret, nonce, { authTagLength: tagBytes });
    cipher.setAAD(boundTo(context, store));
    const body = cipher.update(plain);
    const rest = cipher.final();
    return Buffer.concat([Buffer.of(firstByte.encrypted), nonce, body, rest, cipher.getAuthTag()]);
  }

  function open(bytes: Uint8Array, context: CodecContext): Uint8Array {
    checkFirstByte(bytes, "encrypted", overhead);
    const nonce = bytes.subarray(1, 1 + nonceBytes);
    const body = bytes.subarray(1 + nonceBytes, bytes.length - tagBytes);
    const decipher = createDecipheriv(algorithm, secret, nonce, { authTagLength: tagBytes });
    decipher.setAAD(boundTo(context, store));
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
    try {
      const plain = decipher.update(body);
      decipher.final();
      return plain;
    } catch (cause) {
      throw new DamagedError(
        "A value of the codec encrypted (altered, moved, or written with another key)",
        { cause },
      );
    }
  }

  return {
    name: `encrypted(${codec.name})`,
    base: codec.base ?? codec,
    encode(value, context) {
      const plain = codec.encode(value, context);
      return types.isPromise(plain)
        ? plain.then((bytes) => seal(bytes, context))
        : seal(plain, context);
    },
    decode: (bytes, context) => codec.decode(open(bytes, context), context),
  };
}

/**
 * Additional data that no other id, key text and store together have: the lengths of the first two stand
 * before them.
 */
function boundTo(context: CodecContext, store: string | undefined): Buffer {
  const id = Buffer.from(context.id, "utf16le");
  const key = Buffer.from(context.key, "utf16le");
  const head = Buffer.alloc(9);
  head.writeUInt8(formatVersion, 0);
  head.writeUInt32LE(id.length, 1);
  head.writeUInt32LE(key.length, 5);
  // A store's name, be it empty, begins with what no bytes of none have.
  const scope = store === undefined ? "" : `@${store}`;
  return Buffer.concat([head, id, key, Buffer.from(scope, "utf16le")]);
}

function secretOf(key: unknown): KeyObject {
  if (key instanceof KeyObject) {
    if (key.type === "secret" && key.symmetricKeySize === keyBytes) return key;
    throw notASecret(`a ${key.type} KeyObject`);
  }
  if (!types.isUint8Array(key)) throw notASecret(`a ${typeof key}`);
  if (key.length !== keyBytes) throw notASecret(`${key.length} bytes`);
  return createSecretKey(key);
}

/** Tells what was received without a byte of it. */
function notASecret(received: string): OptionError {
  return new OptionError("key", "32 bytes or a secret KeyObject of 32 bytes", received);
}
