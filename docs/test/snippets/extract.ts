/** A ```ts block of a Markdown file. */
export interface Snippet {
  /** The Markdown file, relative to the root folder. */
  readonly file: string;
  /** The line in that file on which the code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** Whether `experimentalDecorators` apply: the block follows `<!-- legacy -->`. */
  readonly legacy: boolean;
  /** Whether the block is run as well as type-checked: it is not marked `no-run`. */
  readonly run: boolean;
}

const FENCE = /^(?<indent>\s*)(?<ticks>`{3,}|~{3,})\s*(?<info>.*)$/;

/**
 * The ```ts blocks of a Markdown text, in order.
 *
 * @throws {SyntaxError} When a block is not closed, or a `ts` block carries an unknown word.
 */
export function extractSnippets(file: string, markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  const lines = markdown.split(/\r?\n/);
  let legacy = false;
  for (let index = 0; index < lines.length; index += 1) {
    const text = lines[index] ?? "";
    const fence = FENCE.exec(text)?.groups;
    if (fence === undefined) {
      if (text.trim() !== "") legacy = text.trim() === "<!-- legacy -->";
      continue;
    }
    const end = closingLine(lines, index, fence["ticks"] ?? "");
    if (end === undefined) {
      throw new SyntaxError(`${file}:${index + 1}: this block of code is not closed.`);
    }
    const [language, ...words] = (fence["info"] ?? "").split(/\s+/);
    if (language === "ts") {
      const unknown = words.filter((word) => word !== "no-run");
      if (unknown.length > 0) {
        throw new SyntaxError(`${file}:${index + 1}: unknown word "${unknown[0]}" after "ts".`);
      }
      const indent = fence["indent"]?.length ?? 0;
      const code = lines.slice(index + 1, end).map((line) => line.slice(indent));
      snippets.push({
        file,
        line: index + 2,
        code: code.join("\n"),
        legacy,
        run: words.length === 0,
      });
    }
    legacy = false;
    index = end;
  }
  return snippets;
}

function closingLine(lines: string[], opening: number, ticks: string): number | undefined {
  const end = lines.findIndex(
    (line, index) => index > opening && line.trim().startsWith(ticks) && !/[^`~]/.test(line.trim()),
  );
  return end === -1 ? undefined : end;
}
