import { expect, test } from "@jest/globals";
import { fuzz } from "@class-cache/testkit/fuzzing";
import { inspectLog, recordsOf, rowsOfLog } from "../src/engine-files/log-file.ts";
import { uncompress } from "../src/engine-files/snappy.ts";
import { inspectTable, rowsOfTable } from "../src/engine-files/table-file.ts";
import { frameOf, FrameReader } from "../src/frames.ts";
import { GuestGreeting, OwnerGreeting } from "../src/handshake.ts";
import {
  decodeRequest,
  decodeResult,
  encodeFailure,
  encodeRequest,
  encodeResult,
} from "../src/messages.ts";
import { decodeHead, decodeRecord, encodeHead, encodeRecord } from "../src/record.ts";
import type { Request, RequestKind, Results } from "../src/requests.ts";
import { logOf, mendLog, tableOf } from "./made-files.ts";
import { unlessRefused } from "./unless-refused.ts";

const corpus = (name: string): URL => new URL(`corpus/${name}/`, import.meta.url);
const LONGEST = 64 * 1024;

const requests: Request[] = [
  { kind: "lookup", id: "an id", keys: ['"a"', '"b"'] },
  { kind: "heads", id: "", keys: [] },
  {
    kind: "write",
    id: "ü\ud800",
    changes: [
      { kind: "set", key: "1", ifAbsent: true, record: Buffer.from("record") },
      { kind: "delete", key: "2", now: 5 },
      { kind: "evict", key: "3", storedAt: 7.5 },
      { kind: "bury", key: "4" },
      { kind: "clear" },
      { kind: "drop" },
    ],
  },
  { kind: "size", id: "x", now: 1e12 },
  { kind: "page", id: "x", after: '"k"' },
  {
    kind: "keep",
    limits: { maxBytes: Infinity, maxEntries: 3, eviction: "lru" },
    uses: [{ id: "x", key: "1", times: 2 }],
    now: 0,
  },
  { kind: "ids" },
  { kind: "compact", id: "x" },
  { kind: "retire" },
];

fuzz({
  test,
  name: "requests of guests",
  corpus: corpus("requests"),
  covers: /level\/src\/(messages|byte-reader)\.ts/,
  seeds: requests.map((request) => {
    const write = request.kind === "write" ? { number: 3, oldestOpen: 2 } : undefined;
    return Buffer.concat(encodeRequest({ requestId: 1, request, write }));
  }),
  run(input) {
    const message = unlessRefused(() => decodeRequest(input));
    if (message === undefined) return;
    const again = decodeRequest(Buffer.concat(encodeRequest(message)));
    expect(again).toEqual(message);
  },
});

const results: readonly [RequestKind, Results[RequestKind]][] = [
  ["lookup", [undefined, Buffer.from("record")]],
  ["write", 3],
  ["keep", { entries: 1, bytes: 2, writers: 3 }],
  ["ids", ["a", "b"]],
  ["compact", null],
  [
    "page",
    {
      records: [{ key: "1", bytes: 5, storedAt: 1, expiresAt: undefined, cost: 2 }],
      damaged: ["2"],
      next: "3",
    },
  ],
];

fuzz({
  test,
  name: "answers of the owner",
  corpus: corpus("answers"),
  covers: /level\/src\/(messages|byte-reader)\.ts/,
  seeds: [
    ...results.map(([kind, result], index) =>
      Buffer.concat([Buffer.of(index), ...encodeResult(1, kind, result)]),
    ),
    Buffer.concat([Buffer.of(0), ...encodeFailure(1, new Error("why"))]),
  ],
  run(input) {
    const [kind] = results[(input[0] ?? 0) % results.length]!;
    const message = input.subarray(1);
    const result = unlessRefused(() => decodeResult(message, kind));
    if (result === undefined) return;
    const again = decodeResult(Buffer.concat(encodeResult(1, kind, result)), kind);
    expect(again).toEqual(result);
  },
});

fuzz({
  test,
  name: "frames in a stream",
  corpus: corpus("frames"),
  covers: /level\/src\/frames\.ts/,
  seeds: [Buffer.concat([Buffer.of(3), ...frameOf([Buffer.from("one")]), ...frameOf([])])],
  run(input) {
    const chunk = 1 + ((input[0] ?? 0) % 9);
    const stream = input.subarray(1);
    const reader = new FrameReader(LONGEST);
    const frames: Buffer[] = [];
    unlessRefused(() => {
      for (let at = 0; at < stream.length; at += chunk) {
        reader.push(stream.subarray(at, at + chunk));
        for (let frame = reader.next(); frame; frame = reader.next())
          frames.push(Buffer.from(frame));
      }
    });
    // However it was cut, the frames are those that lie in the stream.
    const lain = Buffer.concat(frames.flatMap((frame) => frameOf([frame])));
    expect(stream.subarray(0, lain.length).equals(lain)).toBe(true);
  },
});

const secret = Buffer.alloc(32, 1);

fuzz({
  test,
  name: "greetings",
  corpus: corpus("greetings"),
  covers: /level\/src\/(handshake|byte-reader)\.ts/,
  seeds: [
    Buffer.concat([Buffer.of(0), ...new GuestGreeting(secret, "x").hello("0".repeat(32))]),
    Buffer.concat([
      Buffer.of(1),
      ...new OwnerGreeting(secret).welcome(
        Buffer.concat(new GuestGreeting(secret, "x").hello("0".repeat(32))),
      ).parts,
    ]),
    Buffer.concat([Buffer.of(2), Buffer.alloc(32)]),
  ],
  run(input) {
    const [which = 0] = input;
    const message = input.subarray(1);
    const guest = new GuestGreeting(secret, "a store");
    const owner = new OwnerGreeting(secret);
    if (which === 0) unlessRefused(() => owner.welcome(message));
    // Nobody can prove what was asked just now by bytes from before.
    else if (which === 1) expect(unlessRefused(() => guest.answer(message))).toBeUndefined();
    else {
      const checked = unlessRefused(() => {
        owner.check(message);
        return true;
      });
      expect(checked).toBeUndefined();
    }
  },
});

const entry = { value: Buffer.from("a value"), storedAt: 5, expiresAt: undefined, cost: 2 };

fuzz({
  test,
  name: "records of entries",
  corpus: corpus("records"),
  covers: /level\/src\/record\.ts/,
  seeds: [
    encodeRecord(7, "key", entry),
    encodeRecord(7, "key", { ...entry, value: new Uint8Array(0) }),
    encodeRecord(7, "key", { ...entry, storedAt: Date.UTC(2030), expiresAt: Date.UTC(2031) }),
    encodeHead(7, "key", encodeRecord(7, "key", entry)),
  ],
  run(input) {
    decodeHead(7, "key", input);
    const found = decodeRecord(7, "key", input);
    if (found !== undefined) expect(encodeRecord(7, "key", found).equals(input)).toBe(true);
  },
});

const batch = Buffer.concat([
  Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
  Buffer.from([1, 3, 97, 98, 99, 2, 120, 121, 0, 1, 122]),
]);

fuzz({
  test,
  name: "logs of LevelDB",
  corpus: corpus("logs"),
  covers: /level\/src\/engine-files\//,
  seeds: [logOf(batch), Buffer.concat([logOf(batch), logOf(batch)])],
  mend: mendLog,
  run(input) {
    const damages = inspectLog(input);
    for (const { offset } of damages) expect(offset).toBeLessThan(input.length);
    const records = Array.from(recordsOf(input));
    const bytes = records.reduce((sum, record) => sum + record.length, 0);
    expect(bytes).toBeLessThanOrEqual(input.length);
    for (const { key } of rowsOfLog(input)) expect(key.length).toBeLessThanOrEqual(input.length);
  },
});

const table = tableOf([
  ["a", "1"],
  ["b", "22"],
]);

test("the table that is fuzzed is one of LevelDB's form", () => {
  expect(inspectTable(table)).toEqual([]);
  expect(
    Array.from(
      rowsOfTable(table, () => false),
      ({ key }) => key.toString(),
    ),
  ).toEqual(["a", "b"]);
});

fuzz({
  test,
  name: "tables of LevelDB",
  corpus: corpus("tables"),
  covers: /level\/src\/engine-files\//,
  seeds: [table],
  run(input) {
    for (const { offset } of inspectTable(input)) expect(offset).toBeGreaterThanOrEqual(0);
    for (const { key } of rowsOfTable(input, () => true)) {
      expect(key.length).toBeLessThanOrEqual(input.length * 24);
    }
  },
});

fuzz({
  test,
  name: "what Snappy compressed",
  corpus: corpus("snappy"),
  covers: /level\/src\/engine-files\//,
  seeds: [Buffer.from([10, 8, 97, 98, 99, 29, 3]), Buffer.from([6, 0, 97, 18, 1, 0, 4, 98, 99])],
  run(input) {
    expect(uncompress(input, LONGEST)?.length ?? 0).toBeLessThanOrEqual(LONGEST);
  },
});
