import type { EvictionPolicy, StoredRecord } from "@class-cache/mapping";
import { StoreError } from "@class-cache/mapping";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { malformed } from "./malformed.ts";
import type { Change, Records, Request, RequestKind, Results } from "./requests.ts";

/*
 * A guest sends: number of the request (u32), kind (u8), for a write its number (f64) and that of the
 * oldest write without an answer (f64), and what the request asks.
 * The owner answers: number of the request (u32), status (u8), and the result or the reason.
 * Request number 0 is the owner's sign of life while an answer takes long.
 */

const KINDS = [
  "lookup",
  "heads",
  "write",
  "size",
  "page",
  "keep",
  "ids",
  "compact",
  "retire",
] as const;
const POLICIES = ["cost", "lru", "stored"] as const;
const CHANGES = ["set", "delete", "evict", "clear", "drop", "bury"] as const;
const OK = 0;
const FAILED = 1;

/** The request number of a sign of life. */
export const SIGN_OF_LIFE = 0;

/** Tells a write from all others of its guest. */
interface WriteNumber {
  readonly number: number;
  /** The guest has had the answers to all writes before this one. */
  readonly oldestOpen: number;
}

export interface RequestMessage {
  readonly requestId: number;
  readonly request: Request;
  /** For a write. */
  readonly write: WriteNumber | undefined;
}

export function encodeRequest({ requestId, request, write }: RequestMessage): Uint8Array[] {
  const out = new ByteWriter();
  out.u32(requestId);
  out.u8(KINDS.indexOf(request.kind));
  switch (request.kind) {
    case "lookup":
    case "heads":
      out.id(request.id);
      out.u32(request.keys.length);
      for (const key of request.keys) out.text(key);
      break;
    case "write":
      out.f64(write?.number ?? 0);
      out.f64(write?.oldestOpen ?? 0);
      out.id(request.id);
      out.u32(request.changes.length);
      for (const change of request.changes) encodeChange(out, change);
      break;
    case "size":
      out.id(request.id);
      out.f64(request.now);
      break;
    case "page":
      out.id(request.id);
      out.u8(request.after === undefined ? 0 : 1);
      out.text(request.after ?? "");
      break;
    case "compact":
      out.id(request.id);
      break;
    case "keep":
      out.f64(request.limits.maxBytes);
      out.f64(request.limits.maxEntries);
      out.u8(POLICIES.indexOf(request.limits.eviction));
      out.f64(request.now);
      out.u32(request.uses.length);
      for (const { id, key, times } of request.uses) {
        out.id(id);
        out.text(key);
        out.f64(times);
      }
      break;
    case "ids":
    case "retire":
      break;
  }
  return out.parts();
}

/** @throws StoreError when the bytes are no request */
export function decodeRequest(bytes: Buffer): RequestMessage {
  const from = new ByteReader(bytes);
  const requestId = from.u32();
  const kind = KINDS[from.u8()];
  const write = kind === "write" ? { number: from.f64(), oldestOpen: from.f64() } : undefined;
  const request = decodeBody(from, kind);
  from.end();
  return { requestId, request, write };
}

function decodeBody(from: ByteReader, kind: RequestKind | undefined): Request {
  switch (kind) {
    case "lookup":
    case "heads":
      return { kind, id: from.id(), keys: from.list(() => from.text()) };
    case "write":
      return { kind, id: from.id(), changes: from.list(() => decodeChange(from)) };
    case "size":
      return { kind, id: from.id(), now: from.f64() };
    case "page": {
      const id = from.id();
      const isLater = from.u8() === 1;
      const after = from.text();
      return { kind, id, after: isLater ? after : undefined };
    }
    case "compact":
      return { kind, id: from.id() };
    case "keep": {
      const maxBytes = from.f64();
      const maxEntries = from.f64();
      const eviction: EvictionPolicy | undefined = POLICIES[from.u8()];
      if (eviction === undefined) throw malformed("its policy is unknown");
      const now = from.f64();
      const uses = from.list(() => ({ id: from.id(), key: from.text(), times: from.f64() }));
      return { kind, limits: { maxBytes, maxEntries, eviction }, uses, now };
    }
    case "ids":
    case "retire":
      return { kind };
    case undefined:
      throw malformed("its kind is unknown");
  }
}

function encodeChange(out: ByteWriter, change: Change): void {
  out.u8(CHANGES.indexOf(change.kind));
  switch (change.kind) {
    case "set":
      out.text(change.key);
      out.u8(change.ifAbsent ? 1 : 0);
      out.bytes(change.record);
      break;
    case "delete":
      out.text(change.key);
      out.f64(change.now);
      break;
    case "evict":
      out.text(change.key);
      out.f64(change.storedAt);
      break;
    case "bury":
      out.text(change.key);
      break;
    case "clear":
    case "drop":
      break;
  }
}

function decodeChange(from: ByteReader): Change {
  const kind: Change["kind"] | undefined = CHANGES[from.u8()];
  switch (kind) {
    case "set": {
      const key = from.text();
      return { kind, key, ifAbsent: from.u8() === 1, record: from.bytes() };
    }
    case "delete":
      return { kind, key: from.text(), now: from.f64() };
    case "evict":
      return { kind, key: from.text(), storedAt: from.f64() };
    case "bury":
      return { kind, key: from.text() };
    case "clear":
    case "drop":
      return { kind };
    case undefined:
      throw malformed("a change is of unknown kind");
  }
}

export function encodeSignOfLife(): Uint8Array[] {
  const out = new ByteWriter();
  out.u32(SIGN_OF_LIFE);
  return out.parts();
}

export function encodeFailure(requestId: number, error: Error): Uint8Array[] {
  const out = new ByteWriter();
  out.u32(requestId);
  out.u8(FAILED);
  out.text(error.message);
  return out.parts();
}

export function encodeResult(
  requestId: number,
  kind: RequestKind,
  result: Results[RequestKind],
): Uint8Array[] {
  const out = new ByteWriter();
  out.u32(requestId);
  out.u8(OK);
  switch (kind) {
    case "lookup":
    case "heads": {
      const records = result as Records;
      out.u32(records.length);
      for (const record of records) {
        out.u8(record === undefined ? 0 : 1);
        if (record !== undefined) out.bytes(record);
      }
      break;
    }
    case "write":
    case "size":
      out.f64(result as number);
      break;
    case "keep": {
      const { entries, bytes, writers } = result as Results["keep"];
      out.f64(entries);
      out.f64(bytes);
      out.f64(writers);
      break;
    }
    case "page": {
      const { records, damaged, next } = result as Results["page"];
      out.u32(records.length);
      for (const record of records) encodeStoredRecord(out, record);
      out.u32(damaged.length);
      for (const key of damaged) out.text(key);
      out.u8(next === undefined ? 0 : 1);
      out.text(next ?? "");
      break;
    }
    case "ids": {
      const ids = result as Results["ids"];
      out.u32(ids.length);
      for (const id of ids) out.id(id);
      break;
    }
    case "compact":
    case "retire":
      break;
  }
  return out.parts();
}

/** The number of the request that a message of the owner answers. */
export function answeredRequest(message: Buffer): number {
  return new ByteReader(message).u32();
}

/**
 * @param kind that of the request
 * @throws StoreError with the owner's reason, or when the bytes are no answer
 */
export function decodeResult(message: Buffer, kind: RequestKind): Results[RequestKind] {
  const from = new ByteReader(message);
  from.u32();
  const status = from.u8();
  if (status === FAILED) throw new StoreError(from.text());
  if (status !== OK) throw malformed("its status is unknown");
  const result = decodeResultBody(from, kind);
  from.end();
  return result;
}

function decodeResultBody(from: ByteReader, kind: RequestKind): Results[RequestKind] {
  switch (kind) {
    case "lookup":
    case "heads":
      return from.list(() => (from.u8() === 1 ? from.bytes() : undefined));
    case "write":
    case "size":
      return from.f64();
    case "keep":
      return { entries: from.f64(), bytes: from.f64(), writers: from.f64() };
    case "page": {
      const records = from.list(() => decodeStoredRecord(from));
      const damaged = from.list(() => from.text());
      const isLast = from.u8() === 0;
      const next = from.text();
      return { records, damaged, next: isLast ? undefined : next };
    }
    case "ids":
      return from.list(() => from.id());
    case "compact":
    case "retire":
      return null;
  }
}

function encodeStoredRecord(out: ByteWriter, record: StoredRecord): void {
  out.text(record.key);
  out.f64(record.bytes);
  out.f64(record.storedAt);
  out.maybe(record.expiresAt);
  out.maybe(record.cost);
}

function decodeStoredRecord(from: ByteReader): StoredRecord {
  return {
    key: from.text(),
    bytes: from.f64(),
    storedAt: from.f64(),
    expiresAt: from.maybe(),
    cost: from.maybe(),
  };
}
