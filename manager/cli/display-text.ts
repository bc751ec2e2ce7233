// Text as a terminal shows it: how wide it is, where to cut it, and without what would move the cursor. Names and arguments come
// from strangers: an escape sequence in one of them must not reach a terminal. Pure.

const PLAIN = /^[\x20-\x7e]*$/;
const ZERO_WIDTH = /\p{Mn}|\p{Me}|[\u200b-\u200f\u2060]/u;
// Two columns in every terminal that knows: East Asian wide and full-width characters, and emoji.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]|[\u{20000}-\u{3fffd}]/u;

/** The columns that a text takes. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The beginning of a text, with "…" for what was cut, in at most `columns` columns. */
export function cutText(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let cut = "";
  let width = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    cut += character;
  }
  return columns < 1 ? "" : `${cut}…`;
}

/** Fills up with spaces. */
export function padText(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

/** The text with control characters made visible, as in a string of JavaScript; in one line. */
export function visibleText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (sign) => {
    const known = { "\n": "\\n", "\t": "\\t", "\r": "\\r" }[sign];
    const code = sign.charCodeAt(0);
    return (
      known ??
      (code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`)
    );
  });
}

/**
 * A message of an error, in one line. It may quote anybody: arguments, what a runtime or a registry has answered; nothing of that
 * may move the cursor, or set a title.
 */
export function messageLine(message: string): string {
  return visibleText(message.replaceAll(/\s*\n\s*/g, " ").trim());
}

function characterWidth(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
