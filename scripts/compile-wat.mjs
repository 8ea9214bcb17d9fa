/**
 * Compiles `packages/mapping/src/disk/wide-sum.wat` into the module beside it that holds its bytes:
 * `node scripts/compile-wat.mjs`, after a change of the former.
 */
import { readFileSync, writeFileSync } from "node:fs";
import openWabt from "wabt";

const folder = new URL("../packages/mapping/src/disk/", import.meta.url);
const LINE = 92;

const wabt = await openWabt();
const source = readFileSync(new URL("wide-sum.wat", folder), "utf8");
const { buffer } = wabt.parseWat("wide-sum.wat", source, { simd: true }).toBinary({});
const text = Buffer.from(buffer).toString("base64");
const lines = text.match(new RegExp(`.{1,${LINE}}`, "g")).map((line) => `  "${line}",`);
writeFileSync(
  new URL("wide-sum-wasm.ts", folder),
  [
    "/** `wide-sum.wat`, compiled by `scripts/compile-wat.mjs`; a test compares the two. */",
    "export const wideSumWasm: string = [",
    ...lines,
    '].join("");',
    "",
  ].join("\n"),
);
