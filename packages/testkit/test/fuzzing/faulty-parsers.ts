/** Parsers, each with a fault that only some inputs show. */

export function fallsApart(input: Buffer): void {
  if (input[0] !== 0x62) return;
  if (input[1] !== 0x6f) return;
  if (input[2] !== 0x6f) return;
  throw new TypeError("boom");
}

export function endsNever(input: Buffer): number {
  let at = 0;
  while (at < 1) at += input[0] === 0xff ? 0 : 1;
  return at;
}

const kept: Buffer[] = [];

export function growsLarge(input: Buffer): void {
  if (input[0] === 0x80 && kept.length === 0) kept.push(Buffer.alloc(280 * 1024 * 1024, 1));
}
