import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CacheError } from "@class-cache/mapping";
import { FrameReader, frameOf } from "../src/frames.ts";
import { GuestGreeting, OwnerGreeting } from "../src/handshake.ts";
import { decodeRequest, decodeResult, encodeRequest, encodeResult } from "../src/messages.ts";
import type { Change, Request, RequestKind } from "../src/requests.ts";

const RUNS = { numRuns: 400 };
const kinds: RequestKind[] = ["lookup", "heads", "write", "size", "page", "keep", "ids", "compact"];

/** What came of something that may refuse its input, which it has to do with an error of ours. */
function outcomeOf(work: () => unknown): string {
  try {
    work();
    return "answers";
  } catch (error) {
    return error instanceof CacheError && error.code === "ERR_STORE" ? "refuses" : String(error);
  }
}

const anyString = fc.string({ unit: "binary" });
const records = fc.array(fc.option(fc.uint8Array({ maxLength: 2000 }), { nil: undefined }));
const time = fc.double({ noNaN: true });

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    key: fc.string(),
    record: fc.uint8Array({ maxLength: 3000 }),
    ifAbsent: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("delete" as const), key: fc.string(), now: time }),
  fc.record({ kind: fc.constant("evict" as const), key: fc.string(), storedAt: time }),
  fc.record({ kind: fc.constantFrom("clear" as const, "drop" as const) }),
);

const requests: fc.Arbitrary<Request> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("lookup" as const, "heads" as const),
    id: anyString,
    keys: fc.array(fc.string()),
  }),
  fc.record({ kind: fc.constant("write" as const), id: anyString, changes: fc.array(changes) }),
  fc.record({ kind: fc.constant("size" as const), id: anyString, now: time }),
  fc.record({
    kind: fc.constant("page" as const),
    id: anyString,
    after: fc.option(fc.string(), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant("keep" as const),
    limits: fc.record({
      maxBytes: time,
      maxEntries: time,
      eviction: fc.constantFrom("cost" as const, "lru" as const, "stored" as const),
    }),
    uses: fc.array(fc.record({ id: anyString, key: fc.string(), times: fc.nat() })),
    now: time,
  }),
  fc.record({ kind: fc.constant("ids" as const) }),
  fc.record({ kind: fc.constant("compact" as const), id: anyString }),
);

describe("the protocol between guest and owner", () => {
  test("brings every request across, however the bytes are cut", () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 50 }), (request, cut) => {
        const write = request.kind === "write" ? { number: 7, oldestOpen: 5 } : undefined;
        const message = { requestId: 4_000_000_000, request, write };
        const bytes = Buffer.concat(frameOf(encodeRequest(message)));
        const reader = new FrameReader(1e6);
        const frames: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += cut) {
          reader.push(bytes.subarray(at, at + cut));
          for (let frame = reader.next(); frame; frame = reader.next()) frames.push(frame);
        }
        expect(frames.map((frame) => decodeRequest(frame))).toEqual([message]);
      }),
    );
  });

  test("brings results across, errors as errors", () => {
    fc.assert(
      fc.property(records, (found: (Uint8Array | undefined)[]) => {
        const message = Buffer.concat(encodeResult(1, "lookup", found));
        expect(decodeResult(message, "lookup")).toEqual(found);
      }),
    );
    const record = { key: "k", bytes: 3, storedAt: 1, expiresAt: undefined, cost: 4 };
    const page = { records: [record], damaged: ["d"], next: "k" };
    expect(decodeResult(Buffer.concat(encodeResult(1, "page", page)), "page")).toEqual(page);
    const ids = ["", "\ud800", "名"];
    expect(decodeResult(Buffer.concat(encodeResult(1, "ids", ids)), "ids")).toEqual(ids);
  });

  test("meets any bytes with nothing but its own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...kinds), (bytes, kind) => {
        const message = Buffer.from(bytes);
        const outcomes = [
          () => decodeRequest(message),
          () => decodeResult(message, kind),
          () => new OwnerGreeting(Buffer.alloc(32)).welcome(message),
          () => new OwnerGreeting(Buffer.alloc(32)).check(message),
          () => new GuestGreeting(Buffer.alloc(32), "here").answer(message),
          () => {
            const reader = new FrameReader(100);
            reader.push(message);
            while (reader.next() !== undefined);
          },
        ].map(outcomeOf);
        expect(outcomes.filter((outcome) => !/^(answers|refuses)$/.test(outcome))).toEqual([]);
      }),
      RUNS,
    );
  });

  test("meets a changed message with its own error or another request", () => {
    const positions = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(requests, positions, (request, changed) => {
        const message = Buffer.concat(encodeRequest({ requestId: 1, request, write: undefined }));
        for (const [at, byte] of changed) message[at % message.length] = byte;
        expect(["answers", "refuses"]).toContain(outcomeOf(() => decodeRequest(message)));
      }),
      RUNS,
    );
  });

  test("refuses a frame over the limit before it is there", () => {
    const reader = new FrameReader(1000);
    reader.push(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: "ERR_STORE" }));
  });

  test("a list that claims to be longer than its message takes no memory", () => {
    const message = Buffer.concat(
      encodeRequest({
        requestId: 1,
        request: { kind: "lookup", id: "i", keys: [] },
        write: undefined,
      }),
    );
    message.writeUInt32LE(0xffffffff, message.length - 4);
    expect(() => decodeRequest(message)).toThrow(expect.objectContaining({ code: "ERR_STORE" }));
  });
});
