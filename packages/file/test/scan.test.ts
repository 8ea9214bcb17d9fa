import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { KeyHash } from "../src/key-hash.ts";
import {
  DELETED,
  IF_ABSENT,
  IF_SAME,
  MOVED,
  POINTER,
  RecordView,
  SEAL,
  soundRecord,
  SUPERSEDED,
  VOID,
} from "../src/record.ts";
import { RecordWriter } from "../src/record-writer.ts";
import { scanRecords } from "../src/scan.ts";

const SALT = 1234;
const writer = new RecordWriter();
const HEAD = {
  flags: 0,
  hash: KeyHash.of("a"),
  storedAt: 1,
  expiresAt: undefined,
  cost: undefined,
};

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

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
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
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeNat(),
      fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1, 2 ** 48, Date.now(), -1),
    );
    const optional = fc.option(number, { nil: undefined });
    const bytes = fc
      .oneof(fc.uint8Array(), fc.constantFrom(127, 128, 16_383, 16_384, 70_000))
      .map((value) => (typeof value === "number" ? Buffer.alloc(value, 7) : Buffer.from(value)));
    const flag = fc.constantFrom(DELETED, POINTER, SEAL, IF_ABSENT, IF_SAME, MOVED);
    fc.assert(
      fc.property(
        fc.string(),
        bytes,
        number,
        optional,
        optional,
        fc.array(flag, { maxLength: 3 }),
        (key, value, storedAt, expiresAt, cost, all) => {
          const hash = KeyHash.of(key);
          const flags = all.reduce((sum, one) => sum | one, 0);
          const head = { flags, hash, storedAt, expiresAt, cost };
          const view = new RecordView(
            Buffer.concat([Buffer.alloc(3), writer.frame(7, head, key, value).bytes]),
            3,
          );
          expect(view.hasSoundHeader(7) && view.isWhole() && view.isSound(7)).toBe(true);
          expect(view.start + view.length).toBe(view.buffer.length);
          expect({ ...head, key, value }).toEqual({
            flags: view.flags,
            hash: view.hash,
            storedAt: view.storedAt,
            expiresAt: view.expiresAt,
            cost: view.cost,
            key: view.key,
            value: view.value,
          });
          expect(view.mark).toBeUndefined();
        },
      ),
    );
  });

  test("of one epoch is none in another", () => {
    const whole = frame("a", Buffer.from("v"), 1);
    expect(soundRecord(whole, 1)).toBeDefined();
    expect(soundRecord(whole, 2)).toBeUndefined();
    const [start = whole] = writer.pieces(1, HEAD, "a", [Buffer.alloc(40_000)], false);
    expect(new RecordView(Buffer.from(start)).hasSoundHeader(1)).toBe(true);
    expect(new RecordView(Buffer.from(start)).hasSoundHeader(2)).toBe(false);
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
    for (let bit = 8; bit < whole.length * 8; bit += 1) {
      expect(soundRecord(flipped(whole, bit), SALT)).toBeUndefined();
    }
    expect(soundRecord(whole, SALT)?.key).toBe("key");
  });

  test("with any bit of its mark flipped says the same", () => {
    for (const mark of [undefined, SUPERSEDED, VOID]) {
      const marked = frame("key", Buffer.from("value"));
      if (mark !== undefined) marked[0] = mark;
      for (let bit = 0; bit < 8; bit += 1) {
        const record = soundRecord(flipped(marked, bit), SALT);
        expect(record).toMatchObject({ key: "key", mark, hasSoundMark: false });
      }
      expect(soundRecord(marked, SALT)).toMatchObject({ mark, hasSoundMark: true });
    }
  });

  test("whose lengths have a bit flipped is none, whatever stands behind it", () => {
    const behind = Buffer.alloc(200);
    const log = Buffer.concat([frame("key", Buffer.from("value")), behind]);
    for (let bit = 8; bit < 4 * 8; bit += 1) {
      expect(new RecordView(flipped(log, bit)).hasSoundHeader(SALT)).toBe(false);
    }
    const wide = Buffer.concat([frame("key", Buffer.alloc(300)), behind]);
    for (let bit = 8; bit < 10 * 8; bit += 1) {
      expect(new RecordView(flipped(wide, bit)).hasSoundHeader(SALT)).toBe(false);
    }
  });

  test("of a short key takes 14 bytes beside key and value", () => {
    const plain = { ...HEAD, hash: KeyHash.of("key"), storedAt: Date.now() };
    expect(writer.frame(SALT, plain, "key", Buffer.alloc(100)).length).toBe(14 + 3 + 100);
  });

  test("is written in pieces as it is in one", () => {
    const value = Buffer.alloc(40_000, "value");
    const head = { flags: 0, hash: KeyHash.of("k"), storedAt: 1, expiresAt: 2, cost: 3 };
    const pieces = writer.pieces(SALT, head, "key", [value], false);
    expect(pieces.length).toBe(3);
    expect(soundRecord(Buffer.concat(pieces), SALT)?.value).toEqual(value);
  });

  test("is told from another that says the same", () => {
    const make = (flags: number, isFirst?: boolean): RecordView =>
      writer.frame(SALT, { ...HEAD, flags }, "a", Buffer.from("v"), isFirst);
    for (const flags of [DELETED, POINTER, IF_ABSENT, IF_SAME, POINTER | MOVED, SEAL]) {
      const one = make(flags);
      expect(one.isFrame(one)).toBe(true);
      expect(one.isFrame(make(flags))).toBe(false);
    }
    expect(make(0, true).isFrame(make(0, true))).toBe(false);
    // Where it counts without a condition, and alone, nothing depends on whose it is.
    expect(make(0).isFrame(make(0))).toBe(true);
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

  test("takes no whole record at the end for an unfinished one, whichever of its bits is flipped", () => {
    const heads = [HEAD, { ...HEAD, expiresAt: 2 }, { ...HEAD, hash: KeyHash.of("k".repeat(40)) }];
    const first = frame("first", Buffer.from("value"));
    for (const head of heads) {
      for (const length of [0, 1, 8, 40, 300]) {
        const last = writer.frame(SALT, head, "k", Buffer.alloc(length)).bytes;
        for (let bit = 8; bit < last.length * 8; bit += 1) {
          const { keys, damaged } = keysIn(Buffer.concat([first, flipped(last, bit)]));
          expect([bit, keys]).toEqual([bit, ["first"]]);
          expect([bit, damaged > 0]).toEqual([bit, true]);
        }
      }
    }
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
    outer[outer.length - 1]! ^= 1;
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
