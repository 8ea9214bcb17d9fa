import { describe, expect, test } from "@jest/globals";
import { decodeKey, encodeKey } from "../src/key.ts";
import { sparse } from "./support/sparse.ts";

describe("texts that encodeKey never writes", () => {
  test.each([
    "",
    "x",
    "undefined",
    " 1",
    "1.0",
    "-0",
    "1e3",
    "NaN",
    "[1, 2]",
    "[1",
    "[1]]",
    '{"b":1,"a":2}',
    '{"a":1,"a":2}',
    '"\\u0061"',
    '"\\/"',
    '{"$date":0,"a":1}',
    '{"$nothing":1}',
    '{"$__proto__":1}',
    '{"$constructor":1}',
    '{"$date":"0"}',
    '{"$date":1e99}',
    '{"$number":"1"}',
    '{"$number":1}',
    '{"$undefined":1}',
    '{"$bigint":"0x10"}',
    '{"$bigint":"a"}',
    '{"$regexp":["(","",0]}',
    '{"$regexp":["a","gg",0]}',
    '{"$regexp":["a",""]}',
    '{"$url":"no url"}',
    '{"$url":"HTTP://a.b"}',
    '{"$Uint8Array":"A"}',
    '{"$Uint8Array":"AB=="}',
    '{"$Uint16Array":"AA=="}',
    '{"$Uint8Array":1}',
    '{"$Set":[]}',
    '{"$set":[2,1]}',
    '{"$set":[1,1]}',
    '{"$set":{}}',
    '{"$map":[[1,1],[1,2]]}',
    '{"$map":[[2,1],[1,2]]}',
    '{"$map":[1]}',
    '{"$hole":1}',
    '[{"$hole":0}]',
    '[{"$hole":-1}]',
    '[{"$hole":1},{"$hole":1}]',
    '[{"$hole":4294967296}]',
    '[{"$hole":4294967295},1]',
    '{"$array":[[1],{}]}',
    '{"$array":[[1],{"0":2}]}',
    '{"$array":[{},{"x":2}]}',
    '{"$null":1}',
    '{"$null":[]}',
    '{"$instance":["A"]}',
    '{"$instance":["",1]}',
    '{"$instance":[1,1]}',
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    "[".repeat(100_000),
  ])("are damaged: %.40s", (text) => {
    expect(() => decodeKey(text)).toThrow(expect.objectContaining({ code: "ERR_DAMAGED" }));
  });

  test("cannot pollute prototypes", () => {
    const back = decodeKey('{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}') as object;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.hasOwn(back, "__proto__")).toBe(true);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

test("an array of the greatest length costs nothing for its holes", () => {
  const vast = sparse(2 ** 32 - 1);
  vast[2 ** 31] = 1;
  const text = encodeKey(vast);
  expect(text).toBe('[{"$hole":2147483648},1,{"$hole":2147483646}]');
  expect(encodeKey(decodeKey(text))).toBe(text);
});

test("bytes read back own their memory", () => {
  const back = decodeKey(encodeKey(Buffer.from("secret"))) as Buffer;
  expect(back.buffer.byteLength).toBe(6);
});
