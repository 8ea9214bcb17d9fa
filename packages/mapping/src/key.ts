export { decodeKey } from "./key-decode.ts";
export { encodeKey } from "./key-encode.ts";
export type { EncodeKeyOptions } from "./key-options.ts";
export { identity, InstanceKey, type Key } from "./key-value.ts";
