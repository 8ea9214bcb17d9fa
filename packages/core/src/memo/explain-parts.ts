/** What the key of a call is put together from, each as canonical text or its digest. */
export interface CallParts {
  readonly version: string;
  readonly identity: string;
  /** The arguments, or the user's own key. */
  readonly call: string;
}

/** @returns undefined for what is not the key of a call */
export function partsOf(key: unknown): CallParts | undefined {
  if (typeof key !== "string" || !key.startsWith("[") || !key.endsWith("]")) return undefined;
  const [version, identity, call, ...others] = elementsOf(key);
  if (version === undefined || identity === undefined || call === undefined) return undefined;
  return others.length === 0 ? { version, identity, call } : undefined;
}

/** The texts of the elements of an array that is given as canonical text. */
function elementsOf(text: string): string[] {
  const elements: string[] = [];
  let begin = 1;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (isQuoted) {
      if (sign === "\\") at += 1;
      else if (sign === '"') isQuoted = false;
    } else if (sign === '"') isQuoted = true;
    else if (sign === "[" || sign === "{") depth += 1;
    else if (sign === "]" || sign === "}") depth -= 1;
    else if (sign === "," && depth === 1) {
      elements.push(text.slice(begin, at));
      begin = at + 1;
    }
  }
  elements.push(text.slice(begin, -1));
  return elements;
}
