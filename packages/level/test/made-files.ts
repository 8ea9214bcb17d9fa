import { maskedChecksum } from "../src/engine-files/crc32c.ts";

/** A log of LevelDB: one part, of which `mendLog` makes the checksum right. */
export function logOf(content: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt16LE(content.length, 4);
  head[6] = 1;
  return mendLog(Buffer.concat([head, content]));
}

export function mendLog(log: Buffer): Buffer {
  for (let at = 0; at + 7 <= log.length;) {
    const end = Math.min(log.length, at + 7 + log.readUInt16LE(at + 4));
    log.writeUInt32LE(maskedChecksum(log.subarray(at + 6, end)), at);
    at = end;
  }
  return log;
}

/** A table of LevelDB with one block, as it writes them. */
export function tableOf(entries: readonly (readonly [string, string])[]): Buffer {
  const blockOf = (rows: readonly (readonly [Buffer, Buffer])[]): Buffer => {
    const parts = rows.flatMap(([key, value]) => [
      Buffer.of(0, key.length, value.length),
      key,
      value,
    ]);
    return Buffer.concat([...parts, Buffer.from([0, 0, 0, 0, 1, 0, 0, 0])]);
  };
  const blocks: Buffer[] = [];
  let end = 0;
  const add = (block: Buffer): Buffer => {
    const trailer = Buffer.alloc(5);
    trailer.writeUInt32LE(maskedChecksum(Buffer.concat([block, Buffer.of(0)])), 1);
    blocks.push(block, trailer);
    const place = Buffer.of(end, block.length);
    end += block.length + trailer.length;
    return place;
  };
  const mark = Buffer.from([1, 5, 0, 0, 0, 0, 0, 0]);
  const rows = add(
    blockOf(
      entries.map(([key, value]) => [Buffer.concat([Buffer.from(key), mark]), Buffer.from(value)]),
    ),
  );
  const directory = add(blockOf([]));
  const index = add(blockOf([[Buffer.concat([Buffer.from("z"), mark]), rows]]));
  const footer = Buffer.alloc(40);
  Buffer.concat([directory, index]).copy(footer);
  return Buffer.concat([...blocks, footer, Buffer.from("57fb808b247547db", "hex")]);
}
