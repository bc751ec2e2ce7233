// The words of a template: text as it is, and between {{ and }} the words of an action. Go's rules, as far as they are
// followed here: {{- and -}} take the white space beside them away, {{/* … */}} is a comment. In text, `\t` and `\n` are tab and newline. Pure.
import type { Complain } from "./template-error.ts";

/** A word, with its place in the template. */
export interface Token {
  readonly kind:
    | "text"
    | "open"
    | "close"
    | "field"
    | "variable"
    | "word"
    | "string"
    | "number"
    | "sign"
    | "dot";
  /** Of a field and a variable: the name; of a string: its value. */
  readonly value: string;
  readonly at: number;
  /** Whether white space is before it: `.a .b` are two operands, `.a.b` is one. */
  readonly isApart: boolean;
}

const WORDS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["field", /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ["variable", /\$[\p{L}\p{N}_]*/uy],
  ["number", /[+-]?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?)/y],
  ["word", /[\p{L}_][\p{L}\p{N}_]*/uy],
  ["string", /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ["sign", /:=|[|()=,]/y],
  ["dot", /\./y],
];

/** Takes a template apart. Throws for an action that does not end, and for what is no word. */
export function tokenize(text: string, complain: Complain): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let isTrimming = false;
  while (at < text.length) {
    const open = text.indexOf("{{", at);
    const end = open < 0 ? text.length : open;
    const trimsBefore = open >= 0 && /^-\s/.test(text.slice(open + 2, open + 4));
    let plain = unescapeText(text.slice(at, end));
    if (isTrimming) plain = plain.trimStart();
    if (trimsBefore) plain = plain.trimEnd();
    if (plain !== "") tokens.push({ kind: "text", value: plain, at, isApart: false });
    if (open < 0) break;
    const action = readAction(text, open, open + (trimsBefore ? 3 : 2), complain);
    tokens.push(...action.tokens);
    isTrimming = action.trimsAfter;
    at = action.end;
  }
  return tokens;
}

// Shells do not make them, and docker's users write them so.
function unescapeText(plain: string): string {
  return plain.replaceAll("\\t", "\t").replaceAll("\\n", "\n");
}

interface Action {
  readonly tokens: readonly Token[];
  /** Behind the closing braces. */
  readonly end: number;
  readonly trimsAfter: boolean;
}

function readAction(text: string, open: number, from: number, complain: Complain): Action {
  const comment = /\s*\/\*[\s\S]*?\*\/\s*?(\s-)?\}\}/y;
  comment.lastIndex = from;
  const found = comment.exec(text);
  if (found !== null) return { tokens: [], end: comment.lastIndex, trimsAfter: found[1] !== undefined };
  const tokens: Token[] = [{ kind: "open", value: "{{", at: open, isApart: false }];
  let at = from;
  let isApart = true;
  for (;;) {
    const closing = /\s-\}\}|\}\}/y;
    closing.lastIndex = at;
    if (closing.test(text)) {
      tokens.push({ kind: "close", value: "}}", at, isApart: false });
      return { tokens, end: closing.lastIndex, trimsAfter: closing.lastIndex - at > 2 };
    }
    if (at >= text.length) throw complain(open, `"{{" has no "}}"`);
    if (/\s/.test(text[at] ?? "")) {
      isApart = true;
      at++;
      continue;
    }
    const token = readWord(text, at, isApart, complain);
    tokens.push(token.token);
    at = token.end;
    isApart = false;
  }
}

function readWord(
  text: string,
  at: number,
  isApart: boolean,
  complain: Complain,
): { token: Token; end: number } {
  for (const [kind, pattern] of WORDS) {
    pattern.lastIndex = at;
    const raw = pattern.exec(text)?.[0];
    if (raw === undefined) continue;
    return { token: { kind, value: wordValue(kind, raw, at, complain), at, isApart }, end: at + raw.length };
  }
  const sign = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const matter =
    sign === '"' || sign === "`" ? "this string does not end" : `${JSON.stringify(sign)} is not understood`;
  throw complain(at, matter);
}

function wordValue(kind: Token["kind"], raw: string, at: number, complain: Complain): string {
  if (kind === "field" || kind === "variable") return raw.slice(1);
  if (kind !== "string") return raw;
  if (raw.startsWith("`")) return raw.slice(1, -1);
  try {
    return JSON.parse(raw) as string;
  } catch {
    throw complain(at, `this string has an escape that is none; there are \\n, \\t, \\", \\\\ and \\u0041`);
  }
}
