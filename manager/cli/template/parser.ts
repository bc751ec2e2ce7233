// Reads a template: Go's language without definitions of templates and methods of Go's types. Pure.
// Always true: what is read ends, and is nested no deeper than MAX_DEPTH.

import { nearestWord } from "../../edit-distance.ts";
import { FUNCTIONS } from "./functions.ts";
import type { Branch, Loop, Node, Operand, Pipe } from "./nodes.ts";
import { type Complain, complainAbout } from "./template-error.ts";
import { type Token, tokenize } from "./tokens.ts";

/** Parentheses and blocks inside each other. */
const MAX_DEPTH = 64;
/** Longest template. Characters. */
const MAX_LENGTH = 64 * 1024;

const CONSTANTS: ReadonlyMap<string, boolean | undefined> = new Map([
  ["true", true],
  ["false", false],
  ["nil", undefined],
]);

/** Reads it. Throws InvalidArgument with line and column. */
export function parseTemplate(text: string): Node[] {
  const complain = complainAbout(text);
  if (text.length > MAX_LENGTH) throw complain(0, `it is longer than ${MAX_LENGTH} characters`);
  return new Parser(tokenize(text, complain), text.length, complain).template();
}

/** What ended a block. */
type Ending = "end" | "else" | "eof";

class Parser {
  readonly #tokens: readonly Token[];
  readonly #length: number;
  readonly #complain: Complain;
  #next = 0;
  #depth = 0;
  #loops = 0;

  constructor(tokens: readonly Token[], length: number, complain: Complain) {
    this.#tokens = tokens;
    this.#length = length;
    this.#complain = complain;
  }

  template(): Node[] {
    const { nodes, ending, at } = this.#block();
    if (ending !== "eof") throw this.#complain(at, `there is nothing that "${ending}" belongs to`);
    return nodes;
  }

  #block(): { nodes: Node[]; ending: Ending; at: number } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#take();
      if (token === undefined) return { nodes, ending: "eof", at: this.#length };
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.value });
        continue;
      }
      const keyword = this.#peek()?.kind === "word" ? this.#peek()?.value : undefined;
      const at = this.#peek()?.at ?? token.at;
      if (keyword === "end" || keyword === "else") {
        this.#next++;
        return { nodes, ending: keyword, at };
      }
      nodes.push(this.#action(keyword, at));
    }
  }

  #action(keyword: string | undefined, at: number): Node {
    switch (keyword) {
      case "if":
        return this.#nested(at, () => this.#if(at));
      case "range":
        return this.#nested(at, () => this.#range(at));
      case "with":
        return this.#nested(at, () => this.#with(at));
      case "break":
      case "continue":
        this.#next++;
        if (this.#loops === 0) throw this.#complain(at, `"${keyword}" is not in a range`);
        this.#close();
        return { kind: "leave", how: keyword };
      case "define":
      case "template":
      case "block":
        throw this.#complain(at, `"${keyword}" is not supported`);
      default: {
        const pipe = this.#pipe();
        this.#close();
        return { kind: "print", pipe };
      }
    }
  }

  #if(at: number): Node {
    const branches: Branch[] = [];
    for (;;) {
      // The word "if", here or behind "else".
      this.#next++;
      const pipe = this.#pipe();
      this.#close();
      const { nodes, ending } = this.#body(at, "if");
      branches.push({ pipe, body: nodes });
      if (ending === "end") return { kind: "if", branches, otherwise: this.#closed([]) };
      if (this.#peek()?.value === "if" && this.#peek()?.kind === "word") continue;
      return { kind: "if", branches, otherwise: this.#otherwise(at, "if") };
    }
  }

  #range(at: number): Loop {
    this.#next++;
    const variables = this.#loopVariables();
    const pipe = this.#pipe();
    this.#close();
    this.#loops++;
    const { nodes, ending } = this.#body(at, "range");
    this.#loops--;
    const otherwise = ending === "else" ? this.#otherwise(at, "range") : this.#closed([]);
    return { kind: "range", pipe, variables, body: nodes, otherwise };
  }

  #with(at: number): Node {
    this.#next++;
    const pipe = this.#pipe();
    this.#close();
    const { nodes, ending } = this.#body(at, "with");
    const otherwise = ending === "else" ? this.#otherwise(at, "with") : this.#closed([]);
    return { kind: "with", pipe, body: nodes, otherwise };
  }

  #body(at: number, what: string): { nodes: Node[]; ending: "end" | "else" } {
    const { nodes, ending } = this.#block();
    if (ending === "eof") throw this.#complain(at, `"${what}" has no "end"`);
    return { nodes, ending };
  }

  #otherwise(at: number, what: string): Node[] {
    this.#close();
    const { nodes, ending } = this.#body(at, what);
    if (ending === "else") throw this.#complain(at, `"${what}" has more than one "else"`);
    return this.#closed(nodes);
  }

  #closed(nodes: Node[]): Node[] {
    this.#close();
    return nodes;
  }

  // `$i, $e := …` or `$e := …`; nothing for a range without variables.
  #loopVariables(): string[] {
    const [first, comma, second, sign] = this.#tokens.slice(this.#next, this.#next + 4);
    if (first?.kind !== "variable") return [];
    if (comma?.value === ":=" && comma.kind === "sign") {
      this.#next += 2;
      return [first.value];
    }
    if (comma?.value !== "," || second?.kind !== "variable" || sign?.value !== ":=") return [];
    this.#next += 4;
    return [first.value, second.value];
  }

  #pipe(): Pipe {
    const at = this.#peek()?.at ?? this.#length;
    const target = this.#target();
    const commands = [this.#command()];
    while (this.#isSign("|")) {
      this.#next++;
      commands.push(this.#command());
    }
    return target === undefined ? { at, commands } : { at, commands, target };
  }

  #target(): Pipe["target"] {
    const [variable, sign] = this.#tokens.slice(this.#next, this.#next + 2);
    if (variable?.kind !== "variable" || sign?.kind !== "sign") return undefined;
    if (sign.value !== ":=" && sign.value !== "=") return undefined;
    this.#next += 2;
    return { name: variable.value, isNew: sign.value === ":=" };
  }

  #command(): Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      const token = this.#peek();
      if (token === undefined || token.kind === "close" || this.#isSign("|") || this.#isSign(")")) {
        if (operands.length > 0) return operands;
        throw this.#complain(token?.at ?? this.#length, "a value is missing here");
      }
      operands.push(this.#operand(token));
    }
  }

  #operand(token: Token): Operand {
    this.#next++;
    const { at } = token;
    const base = this.#base(token);
    const fields: string[] = token.kind === "field" ? [token.value] : [];
    for (let next = this.#peek(); next?.kind === "field" && !next.isApart; next = this.#peek()) {
      fields.push(next.value);
      this.#next++;
    }
    return { at, base, fields };
  }

  #base({ kind, value, at }: Token): Operand["base"] {
    switch (kind) {
      case "dot":
      case "field":
        return { kind: "dot" };
      case "variable":
        return { kind: "variable", name: value };
      case "string":
        return { kind: "value", value };
      case "number":
        return { kind: "value", value: Number(value) };
      case "word":
        if (CONSTANTS.has(value)) return { kind: "value", value: CONSTANTS.get(value) };
        if (FUNCTIONS.has(value)) return { kind: "function", name: value };
        throw this.#complain(at, unknownFunction(value));
      default:
        if (value !== "(") throw this.#complain(at, `"${value}" is not understood here`);
        return this.#nested(at, () => {
          const pipe = this.#pipe();
          if (!this.#isSign(")")) throw this.#complain(at, `"(" has no ")"`);
          this.#next++;
          return { kind: "pipe", pipe };
        });
    }
  }

  #nested<T>(at: number, body: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.#complain(at, `it is nested more than ${MAX_DEPTH} deep`);
    const result = body();
    this.#depth--;
    return result;
  }

  #close(): void {
    const token = this.#take();
    if (token?.kind === "close") return;
    throw this.#complain(token?.at ?? this.#length, `"${token?.value ?? ""}" is not understood here`);
  }

  #isSign(value: string): boolean {
    const token = this.#peek();
    return token?.kind === "sign" && token.value === value;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(): Token | undefined {
    return this.#tokens[this.#next++];
  }
}

function unknownFunction(name: string): string {
  const near = nearestWord(name, FUNCTIONS.keys());
  const advice = near === undefined ? `a field is written ".${name}"` : `did you mean "${near}"?`;
  return `there is no function "${name}"; ${advice}`;
}
