import { memoize } from "@class-cache/core";

/** A run of lines that both texts share, or that only one has. */
export interface Change {
  readonly kind: "same" | "removed" | "added";
  readonly lines: readonly string[];
}

/**
 * The shortest way from one text to another, line by line (Myers, An O(ND) Difference Algorithm and
 * Its Variations, 1986). A plain function, remembered by the two texts.
 */
export const diffLines: DiffLines = memoize(
  async (before: string, after: string): Promise<Change[]> => {
    const old = before.split("\n");
    const now = after.split("\n");
    return runs(editPath(old, now), old, now);
  },
  { id: "examples/diff-lines", version: 1 },
);

type DiffLines = ReturnType<typeof memoize<(before: string, after: string) => Promise<Change[]>>>;

/** How far each diagonal has come after each number of edits. */
function editPath(old: readonly string[], now: readonly string[]): Map<number, number>[] {
  const reached = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let edits = 0; ; edits += 1) {
    trace.push(new Map(reached));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = goesDown(reached, diagonal, edits)
        ? reached.get(diagonal + 1)!
        : reached.get(diagonal - 1)! + 1;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x += 1;
      reached.set(diagonal, x);
      if (x >= old.length && x - diagonal >= now.length) return trace;
    }
  }
}

function goesDown(reached: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  if (diagonal === -edits) return true;
  return diagonal !== edits && reached.get(diagonal - 1)! < reached.get(diagonal + 1)!;
}

function runs(
  trace: readonly ReadonlyMap<number, number>[],
  old: readonly string[],
  now: readonly string[],
): Change[] {
  const backwards: [Change["kind"], string][] = [];
  let x = old.length;
  let y = now.length;
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const reached = trace[edits]!;
    const down = goesDown(reached, x - y, edits);
    const diagonal = down ? x - y + 1 : x - y - 1;
    const startX = edits === 0 ? 0 : reached.get(diagonal)!;
    const startY = edits === 0 ? 0 : startX - diagonal;
    while (x > startX && y > startY) {
      backwards.push(["same", old[x - 1]!]);
      x -= 1;
      y -= 1;
    }
    if (edits === 0) break;
    if (down) backwards.push(["added", now[startY]!]);
    else backwards.push(["removed", old[startX]!]);
    x = startX;
    y = startY;
  }
  const changes: { kind: Change["kind"]; lines: string[] }[] = [];
  for (const [kind, line] of backwards.reverse()) {
    const last = changes.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else changes.push({ kind, lines: [line] });
  }
  return changes;
}
