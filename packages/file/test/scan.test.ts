import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { KeyHash } from "../src/key-hash.ts";
import { HEADER_BYTES, soundRecord, TAIL_BYTES, RecordView } from "../src/record.ts";
import { RecordWriter } from "../src/record-writer.ts";
import { scanRecords } from "../src/scan.ts";

const SALT = 1234;
const writer = new RecordWriter();

function frame(key: string, value: Buffer, salt: number = SALT): Buffer {
  const head = {
    flags: 0,
    hash: KeyHash.of(key),
    storedAt: 1,
    expiresAt: undefined,
    cost: undefined,
  };
  return writer.frame(salt, head, key, value).bytes;
}

function keysIn(log: Buffer, from = 0): { keys: string[]; end: number; damaged: number } {
  const keys: string[] = [];
  const result = scanRecords(log, from, SALT, (record) => {
    keys.push(record.key);
    return true;
  });
  return { keys, ...result };
}

const frames: fc.Arbitrary<[string, Buffer][]> = fc.array(
  fc.tuple(
    fc.string(),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  ),
  { minLength: 1, maxLength: 8 },
);

describe("a record", () => {
  test("says what was written", () => {
    const optional = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      nil: undefined,
    });
    const bytes = fc.uint8Array().map((value) => Buffer.from(value));
    fc.assert(
      fc.property(
        fc.string(),
        bytes,
        optional,
        optional,
        fc.nat(63),
        (key, value, expiresAt, cost, flags) => {
          const hash = KeyHash.of(key);
          const head = { flags, hash, storedAt: 5.5, expiresAt, cost };
          const view = new RecordView(
            Buffer.concat([Buffer.alloc(3), writer.frame(7, head, key, value).bytes]),
            3,
          );
          expect(view.hasSoundHeader(7) && view.isWhole() && view.isSound(7)).toBe(true);
          expect({
            ...head,
            key,
            value,
            length: HEADER_BYTES + Buffer.byteLength(key) + value.length + TAIL_BYTES,
          }).toEqual({
            flags: view.flags,
            hash: view.hash,
            storedAt: view.storedAt,
            expiresAt: view.expiresAt,
            cost: view.cost,
            key: view.key,
            value: view.value,
            length: view.length,
          });
          expect(view.mark).toBeUndefined();
        },
      ),
    );
  });

  test("of one epoch is none in another", () => {
    const view = new RecordView(frame("a", Buffer.from("v"), 1));
    expect(view.hasSoundHeader(1)).toBe(true);
    expect(view.hasSoundHeader(2)).toBe(false);
    expect(view.isSound(2)).toBe(false);
  });

  test("knows its key from any other", () => {
    const unit = fc.constantFrom("a", "é", "\u0080", "\u9000", "𐀀", "\ud800");
    const key = fc.oneof(fc.string({ unit, maxLength: 4 }), fc.constant("a".repeat(300)));
    fc.assert(
      fc.property(key, key, (one, other) => {
        const view = new RecordView(frame(one, Buffer.from(other)));
        expect(view.isOf(one)).toBe(Buffer.from(one).toString() === one);
        expect(view.isOf(other)).toBe(view.key === other);
      }),
    );
    // Its bytes are the code units of another.
    expect(new RecordView(frame("\u9000", Buffer.alloc(0))).isOf("é\u0080\u0080")).toBe(false);
  });

  test("with any bit flipped is none", () => {
    const whole = frame("key", Buffer.from("a value of some length"));
    for (let bit = 0; bit < (whole.length - 1) * 8; bit += 1) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(soundRecord(flipped, SALT)).toBeUndefined();
    }
    expect(soundRecord(whole, SALT)?.key).toBe("key");
  });

  test("is written in pieces as it is in one", () => {
    const value = Buffer.alloc(40_000, "value");
    const head = { flags: 0, hash: KeyHash.of("k"), storedAt: 1, expiresAt: 2, cost: 3 };
    const pieces = writer.pieces(SALT, head, "key", [value]);
    expect(pieces.length).toBe(3);
    expect(soundRecord(Buffer.concat(pieces), SALT)?.value).toEqual(value);
  });

  test("is told from another that says the same", () => {
    const one = frame("a", Buffer.from("v"));
    const other = frame("a", Buffer.from("v"));
    expect(new RecordView(one).isFrame(new RecordView(one))).toBe(true);
    expect(new RecordView(one).isFrame(new RecordView(other))).toBe(false);
  });
});

describe("a scan", () => {
  test("finds the records around any damage, and leaves what may come to be", () => {
    fc.assert(
      fc.property(frames, fc.uint8Array({ maxLength: 100 }), fc.nat(), (all, garbage, place) => {
        const made = all.map(([key, value]) => frame(key, value));
        const at = place % (made.length + 1);
        const parts = [...made.slice(0, at), Buffer.from(garbage), ...made.slice(at)];
        const { keys, damaged } = keysIn(Buffer.concat(parts));
        expect(keys).toEqual(all.map(([key]) => key));
        expect(damaged).toBeLessThanOrEqual(garbage.length);
        // At the end it may be the start of a record that is being written.
        expect(at === made.length || damaged === garbage.length).toBe(true);
      }),
    );
  });

  test("takes up an unfinished record once it is finished", () => {
    fc.assert(
      fc.property(frames, fc.nat(), (all, place) => {
        const log = Buffer.concat(all.map(([key, value]) => frame(key, value)));
        const cut = place % log.length;
        const first = keysIn(log.subarray(0, cut));
        expect(first.damaged).toBe(0);
        const second = keysIn(log, first.end);
        expect([...first.keys, ...second.keys]).toEqual(all.map(([key]) => key));
        expect(second).toMatchObject({ end: log.length, damaged: 0 });
      }),
    );
  });

  test("passes over what a killed writer left, however much it is", () => {
    const torn = frame("torn", Buffer.alloc(5000));
    const whole = frame("whole", Buffer.alloc(10));
    for (let cut = 1; cut < torn.length; cut += 37) {
      const { keys, damaged } = keysIn(Buffer.concat([torn.subarray(0, cut), whole]));
      expect(keys).toEqual(["whole"]);
      expect(damaged).toBe(cut);
    }
  });

  test("does not take a frame of another epoch within a value for a record", () => {
    const inner = frame("inner", Buffer.from("v"), 99);
    const outer = frame("outer", inner);
    outer[80] = (outer[80] ?? 0) ^ 1;
    expect(keysIn(Buffer.concat([outer, frame("next", Buffer.alloc(0))])).keys).toEqual(["next"]);
  });

  test("ends where it is told", () => {
    const log = Buffer.concat(["a", "b", "c"].map((key) => frame(key, Buffer.alloc(1))));
    const seen: string[] = [];
    const { end } = scanRecords(log, 0, SALT, (record) => {
      seen.push(record.key);
      return record.key !== "b";
    });
    expect(seen).toEqual(["a", "b"]);
    expect(end).toBe((log.length / 3) * 2);
  });
});
