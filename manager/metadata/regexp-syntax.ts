// The regular expressions of filters, as text → as a tree. Go's syntax (RE2), because that is what clients of containerd write:
// classes, groups, alternatives, repetitions, anchors, flags. What RE2 leaves out is refused here, too: references to groups
// and looking around. Always true: the tree says only whether a text matches, so greed and names of groups are read and
// forgotten; case folding is that of single characters. Throws RegexpError with the position.

import {
  anyOf,
  type CharacterTest,
  CONTROL,
  characters,
  lineBegins,
  lineEnds,
  NEWLINE,
  not,
  noWordBorder,
  PERL,
  type PlaceTest,
  POSIX,
  range,
  textBegins,
  textEnds,
  unicodeClass,
  wordBorder,
} from "./regexp-characters.ts";
import { RegexpError, type RegexpNode } from "./regexp-tree.ts";

/** What {n,m} may say, as in RE2. */
const MAX_REPEAT = 1000;
/** How deep groups may nest; parsing recurses. */
const MAX_DEPTH = 50;

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** Reads an expression. Throws RegexpError. */
export function parseRegexp(pattern: string): RegexpNode {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #text: string[];
  #at = 0;
  #depth = 0;
  #flags: Flags = { ignoreCase: false, multiline: false, dotAll: false };

  constructor(pattern: string) {
    this.#text = Array.from(pattern);
  }

  parse(): RegexpNode {
    const node = this.#alternatives();
    if (this.#at < this.#text.length) throw this.#error('unexpected ")"');
    return node;
  }

  #error(message: string): RegexpError {
    return new RegexpError(this.#at, message);
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #take(wanted: string): boolean {
    if (this.#text.slice(this.#at, this.#at + wanted.length).join("") !== wanted) return false;
    this.#at += wanted.length;
    return true;
  }

  #next(): string {
    const next = this.#text[this.#at];
    if (next === undefined) throw this.#error("it ends too early");
    this.#at++;
    return next;
  }

  #until(end: string): string {
    const start = this.#at;
    while (!this.#take(end)) this.#next();
    return this.#text.slice(start, this.#at - end.length).join("");
  }

  #alternatives(): RegexpNode {
    const nodes = [this.#sequence()];
    while (this.#take("|")) nodes.push(this.#sequence());
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: "alternatives", nodes };
  }

  #sequence(): RegexpNode {
    const nodes: RegexpNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== "|" && next !== ")"; next = this.#peek()) {
      nodes.push(this.#repeated(this.#atom()));
    }
    return { kind: "sequence", nodes };
  }

  #repeated(node: RegexpNode): RegexpNode {
    const bounds = this.#bounds();
    if (bounds === undefined) return node;
    this.#take("?"); // lazy or greedy: the same texts match
    if (this.#bounds() !== undefined)
      throw this.#error("a repetition of a repetition; put the inner one in a group");
    return { kind: "repeat", node, min: bounds.min, max: bounds.max };
  }

  #bounds(): { min: number; max: number } | undefined {
    if (this.#take("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take("?")) return { min: 0, max: 1 };
    // A brace that is no repetition stands for itself, as in RE2.
    const found = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.#text.slice(this.#at, this.#at + 24).join(""));
    if (found === null) return undefined;
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === "" ? Number.POSITIVE_INFINITY : Number(found[3]);
    const isTooMany = [min, max].some((n) => n > MAX_REPEAT && n !== Number.POSITIVE_INFINITY);
    if (isTooMany || min > max) throw this.#error(`bad repetition "${found[0]}"`);
    this.#at += found[0].length;
    return { min, max };
  }

  #atom(): RegexpNode {
    const next = this.#next();
    switch (next) {
      case "(":
        return this.#group();
      case "[":
        return this.#class();
      case ".":
        return this.#character(this.#flags.dotAll ? () => true : (c) => c !== NEWLINE);
      case "^":
        return { kind: "assertion", holds: this.#flags.multiline ? lineBegins : textBegins };
      case "$":
        return { kind: "assertion", holds: this.#flags.multiline ? lineEnds : textEnds };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        this.#at--;
        throw this.#error(`nothing to repeat before "${next}"`);
      default:
        return this.#literal(next);
    }
  }

  #literal(text: string): RegexpNode {
    return this.#character(this.#folded(characters(text)));
  }

  #character(accepts: CharacterTest): RegexpNode {
    return { kind: "character", accepts };
  }

  #folded(test: CharacterTest): CharacterTest {
    if (!this.#flags.ignoreCase) return test;
    return (c) => {
      const text = String.fromCodePoint(c);
      return (
        test(c) ||
        test(text.toLowerCase().codePointAt(0) ?? c) ||
        test(text.toUpperCase().codePointAt(0) ?? c)
      );
    };
  }

  #group(): RegexpNode {
    if (++this.#depth > MAX_DEPTH) throw this.#error("groups are nested too deep");
    const outer = this.#flags;
    if (this.#take("?")) {
      if (
        this.#take("P<") ||
        (this.#peek() === "<" && !/[=!]/.test(this.#text[this.#at + 1] ?? "") && this.#take("<"))
      ) {
        this.#until(">");
      } else if (this.#flagsEnd() === ")") {
        // (?i) holds until the end of the group that it is in.
        this.#depth--;
        return { kind: "sequence", nodes: [] };
      }
    }
    const node = this.#alternatives();
    if (!this.#take(")")) throw this.#error('a group is not closed with ")"');
    this.#flags = outer;
    this.#depth--;
    return node;
  }

  /** Reads `i`, `m`, `s`, `U`, `-` up to the colon or parenthesis that ends them, which it returns. */
  #flagsEnd(): string {
    let on = true;
    for (;;) {
      const flag = this.#next();
      if (flag === ":" || flag === ")") return flag;
      if (flag === "-") on = false;
      else if (flag === "i") this.#flags = { ...this.#flags, ignoreCase: on };
      else if (flag === "m") this.#flags = { ...this.#flags, multiline: on };
      else if (flag === "s") this.#flags = { ...this.#flags, dotAll: on };
      else if (flag !== "U") throw this.#error(`"(?${flag}" is not supported`);
    }
  }

  #escape(): RegexpNode {
    const next = this.#peek();
    if (next === "Q") {
      this.#at++;
      const start = this.#at;
      while (this.#at < this.#text.length && !this.#take("\\E")) this.#at++;
      const text = this.#text.slice(start, this.#at).join("").replace(/\\E$/, "");
      return { kind: "sequence", nodes: Array.from(text, (character) => this.#literal(character)) };
    }
    const places: Record<string, PlaceTest> = { A: textBegins, z: textEnds, b: wordBorder, B: noWordBorder };
    const holds = places[next ?? ""];
    if (holds !== undefined) {
      this.#at++;
      return { kind: "assertion", holds };
    }
    const found = this.#escapedSet();
    if (found !== undefined) return this.#character(found);
    const codePoint = this.#escapedCharacter();
    return this.#character(this.#folded((c) => c === codePoint));
  }

  /** `\d`, `\pL`, `\p{Greek}` after their backslash. */
  #escapedSet(): CharacterTest | undefined {
    const next = this.#peek() ?? "";
    const perl = Object.hasOwn(PERL, next) ? PERL[next] : undefined;
    if (perl !== undefined) this.#at++;
    if (perl !== undefined || (next !== "p" && next !== "P")) return perl;
    this.#at++;
    const written = this.#take("{") ? this.#until("}") : this.#next();
    const name = written.replace(/^\^/, "");
    const isNegated = (next === "P") !== (name !== written);
    const test = unicodeClass(name);
    if (test !== undefined) return isNegated ? not(test) : test;
    throw this.#error(`unknown class "\\${next}{${name}}"`);
  }

  #escapedCharacter(): number {
    const next = this.#next();
    const control = Object.hasOwn(CONTROL, next) ? CONTROL[next] : undefined;
    if (control !== undefined) return control;
    if (next === "x") {
      const digits = this.#take("{") ? this.#until("}") : this.#next() + this.#next();
      const codePoint = /^[0-9A-Fa-f]{1,6}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
      if (codePoint <= 0x10ffff) return codePoint;
    } else if (next === "0") {
      let digits = next;
      while (digits.length < 3 && /[0-7]/.test(this.#peek() ?? "")) digits += this.#next();
      return Number.parseInt(digits, 8);
    } else if (/[^A-Za-z0-9]/.test(next)) {
      return next.codePointAt(0) ?? 0;
    }
    this.#at--;
    throw this.#error(`"\\${next}" is not supported`);
  }

  #class(): RegexpNode {
    const isNegated = this.#take("^");
    const tests: CharacterTest[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== "]"; isFirst = false) tests.push(this.#classItem());
    this.#at++;
    const folded = this.#folded(anyOf(tests));
    return this.#character(isNegated ? not(folded) : folded);
  }

  #classItem(): CharacterTest {
    if (this.#take("[:")) {
      const written = this.#until(":]");
      const name = written.replace(/^\^/, "");
      const found = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
      if (found === undefined) throw this.#error(`unknown class "[:${name}:]"`);
      return name === written ? found : not(found);
    }
    if (this.#peek() === "\\" && /[dDwWsSpP]/.test(this.#text[this.#at + 1] ?? "")) {
      this.#at++;
      return this.#escapedSet() ?? (() => false);
    }
    const from = this.#classCharacter();
    if (this.#peek() !== "-" || this.#text[this.#at + 1] === "]") return range(from, from);
    this.#at++;
    const to = this.#classCharacter();
    if (to < from) throw this.#error("a range that ends before it begins");
    return range(from, to);
  }

  #classCharacter(): number {
    const next = this.#next();
    return next === "\\" ? this.#escapedCharacter() : (next.codePointAt(0) ?? 0);
  }
}
