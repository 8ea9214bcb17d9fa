/** Up to this length a loop finds out sooner than a regular expression. */
const shortText = 40;
/** Control characters, the quotation mark, the backslash, and surrogates, which may be alone. */
const needsEscape = /["\\\p{Cc}\ud800-\udfff]/u;

/** The same text as `JSON.stringify` gives, sooner when nothing needs an escape. */
export function quote(text: string): string {
  if (text.length > shortText) return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit <= 0xdfff)) {
      return JSON.stringify(text);
    }
  }
  return `"${text}"`;
}

/** Few programs use more names of properties; those beyond are quoted anew each time. */
const mostNames = 2000;
const longestName = 64;
const knownNames = new Map<string, string>();

/** A property's name and the colon after it. A name that begins with `$` gets one more. */
export function propertyNameText(name: string): string {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const text = `${quote(name.startsWith("$") ? `$${name}` : name)}:`;
  if (knownNames.size < mostNames && name.length <= longestName) knownNames.set(name, text);
  return text;
}
