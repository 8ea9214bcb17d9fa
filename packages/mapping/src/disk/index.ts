export { checkPath } from "./check-path.ts";
export { mixBytes, mixText, mixView, mixWord } from "./checksum.ts";
export type { DiskCalls } from "./disk-calls.ts";
export { diskCalls } from "./disk-calls.ts";
export { makeFolder, namesIn, remove } from "./file-system.ts";
export { ioCode, ioError } from "./io-error.ts";
export { lockFile, tryLockFile } from "./lock-file.ts";
export type { LockPurpose } from "./locks.ts";
export { Locks } from "./locks.ts";
