import type { Backend, CopyProgress, CopyReport } from "@class-cache/mapping";
import { copy } from "@class-cache/mapping";

/**
 * Moves everything that classes remember in one backend to another, and shows how far it is. When an
 * entry had to be skipped, `from` is left as it was. What other processes write there meanwhile may go
 * with it, and is computed again.
 *
 * @param show is given a line after each batch; default: standard error
 */
export async function moveBackend(
  from: Backend,
  to: Backend,
  show: (line: string) => void = (line) => void process.stderr.write(line),
): Promise<CopyReport> {
  const report = await copy(from, to, { onProgress: (progress) => show(lineOf(progress)) });
  if (report.skipped > 0) return report;
  const ids: string[] = [];
  for await (const id of from.ids()) ids.push(id);
  for (const id of ids) await from.drop(id);
  return report;
}

function lineOf({ id, entries, skipped, total, bytes }: CopyProgress): string {
  const kibibytes = (bytes / 1024).toFixed(1);
  return `${id}: ${entries + skipped} of ${total} entries, ${kibibytes} KiB\n`;
}
