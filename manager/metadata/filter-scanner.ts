// The words of the filter language: field paths, operators, values, quotes. Reads one filter from left to right; where it
// stands is the position in every error. Spaces before a word are skipped; one in front of a comma is not.
import { Code, HawserError } from "../../proto/errors.ts";

/** The operators; a selector without one asks whether the field is there. */
export type FilterOperator = "==" | "!=" | "~=";

const FIELD = /[A-Za-z0-9_]+/y;
const OPERATOR = /[=!~]+/y;
const SPACES = /\s*/y;
// Bare values end at a comma or white space, and hold nothing that cannot be seen.
const VALUE = /[^,\s\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]+/uy;
const NUMBER = /x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{3}/y;
const CONTROL: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};
/** How much of a filter an error repeats. */
const MAX_SHOWN = 80;

/** Reads one filter. */
export class FilterScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Index of the next character. */
  get position(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** InvalidArgument about a place in the filter. */
  error(position: number, message: string): HawserError {
    const shown = this.#text.length > MAX_SHOWN ? `${this.#text.slice(0, MAX_SHOWN)}…` : this.#text;
    return new HawserError(
      Code.InvalidArgument,
      `parse filter ${JSON.stringify(shown)}: at character ${position + 1}: ${message}`,
    );
  }

  expectComma(): void {
    if (this.#text[this.#at] !== ",") throw this.error(this.#at, `expected "," between selectors`);
    this.#at++;
  }

  /** One or more fields between dots. */
  fieldPath(): string[] {
    const path = [this.#field()];
    while (this.#text[this.#at] === ".") {
      this.#at++;
      path.push(this.#field());
    }
    return path;
  }

  #field(): string {
    this.#match(SPACES);
    if (this.#text[this.#at] === '"') return this.#quoted();
    const field = this.#match(FIELD);
    if (field === "") throw this.error(this.#at, "expected a field, or one in double quotes");
    return field;
  }

  /** The operator, or undefined where the selector ends. */
  operator(): FilterOperator | undefined {
    if (this.isAtEnd || this.#text[this.#at] === ",") return undefined;
    this.#match(SPACES);
    const start = this.#at;
    const operator = this.#match(OPERATOR);
    if (operator === "==" || operator === "!=" || operator === "~=") return operator;
    throw this.error(start, `expected an operator: "==", "!=" or "~="`);
  }

  /** A value, without its quotes. */
  value({ isRegexp }: { isRegexp: boolean }): string {
    this.#match(SPACES);
    const next = this.#text[this.#at] ?? "";
    if (next === '"') return this.#quoted();
    if (next === "/" || next === "|") {
      if (isRegexp) return this.#quoted();
      throw this.error(this.#at, `a value that begins with "${next}" must be in double quotes`);
    }
    const value = next === "." ? "" : this.#match(VALUE);
    if (value === "") throw this.error(this.#at, "expected a value, or one in double quotes");
    return value;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #quoted(): string {
    const start = this.#at;
    const quote = this.#text[this.#at++];
    let value = "";
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === "\n") throw this.error(start, "the quote is not closed");
      this.#at++;
      if (next === quote) return value;
      value += next === "\\" ? this.#escape(quote ?? "") : next;
    }
  }

  #escape(quote: string): string {
    const next = this.#text[this.#at] ?? "";
    const number = this.#match(NUMBER);
    if (number !== "") {
      const isOctal = /^[0-7]/.test(number);
      const codePoint = Number.parseInt(isOctal ? number : number.slice(1), isOctal ? 8 : 16);
      const isCharacter = codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff);
      if (isCharacter) return String.fromCodePoint(codePoint);
      throw this.error(this.#at, `"\\${number}" is not a character`);
    }
    this.#at++;
    if (next === quote) return next;
    const control = Object.hasOwn(CONTROL, next) ? CONTROL[next] : undefined;
    if (control !== undefined) return control;
    throw this.error(this.#at - 1, `unknown escape "\\${next}"; a backslash is written "\\\\"`);
  }
}
