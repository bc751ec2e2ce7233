// One filling of a template: walks over what was read, with the data, and makes text.
// Always true: it ends, and what it makes is bounded, whatever the data is.
import { Code, HawserError, messageOf } from "../../../proto/errors.ts";
import { nearestWord } from "../../edit-distance.ts";
import { FUNCTIONS } from "./functions.ts";
import type { Loop, Node, Operand, Pipe } from "./nodes.ts";
import type { Complain } from "./template-error.ts";
import { isEmpty, isObject, show, type Value } from "./values.ts";

/** Pieces of a template that are looked at in one filling. */
const MAX_STEPS = 1_000_000;
/** The longest text of one filling. Characters. */
const MAX_OUTPUT = 64 * 1024 * 1024;

type Leaving = "break" | "continue" | undefined;

/** A filling; used once. */
export class Filling {
  readonly #root: Value;
  readonly #fields: readonly string[] | undefined;
  readonly #complain: Complain;
  readonly #variables: Map<string, Value>[];
  #text = "";
  #steps = 0;

  /** `fields`: those of the data, when another name is a mistake. */
  constructor(data: Value, fields: readonly string[] | undefined, complain: Complain) {
    this.#root = data;
    this.#fields = fields;
    this.#complain = complain;
    this.#variables = [new Map([["", data]])];
  }

  /** Makes the text. Throws InvalidArgument with the place, ResourceExhausted for too much. */
  run(nodes: readonly Node[]): string {
    this.#all(nodes, this.#root);
    return this.#text;
  }

  #all(nodes: readonly Node[], dot: Value): Leaving {
    for (const node of nodes) {
      this.#step();
      const leaving = this.#one(node, dot);
      if (leaving !== undefined) return leaving;
    }
    return undefined;
  }

  #one(node: Node, dot: Value): Leaving {
    switch (node.kind) {
      case "text":
        return this.#print(node.text);
      case "print": {
        const value = this.#pipe(node.pipe, dot);
        return node.pipe.target === undefined ? this.#print(show(value)) : undefined;
      }
      case "if": {
        return this.#scoped(() => {
          const branch = node.branches.find(({ pipe }) => !isEmpty(this.#pipe(pipe, dot)));
          return this.#all(branch?.body ?? node.otherwise, dot);
        });
      }
      case "with":
        return this.#scoped(() => {
          const value = this.#pipe(node.pipe, dot);
          return isEmpty(value) ? this.#all(node.otherwise, dot) : this.#all(node.body, value);
        });
      case "range":
        return this.#range(node, dot);
      case "leave":
        return node.how;
    }
  }

  #range({ pipe, variables, body, otherwise }: Loop, dot: Value): Leaving {
    const value = this.#pipe(pipe, dot);
    const entries = this.#entries(value, pipe.at);
    if (entries.length === 0) return this.#scoped(() => this.#all(otherwise, dot));
    for (const [key, element] of entries) {
      const leaving = this.#scoped((scope) => {
        if (variables.length === 2) scope.set(variables[0] ?? "", key);
        const last = variables.at(-1);
        if (last !== undefined) scope.set(last, element);
        return this.#all(body, element);
      });
      if (leaving === "break") break;
    }
    return undefined;
  }

  #entries(value: Value, at: number): (readonly [Value, Value])[] {
    if (Array.isArray(value)) return value.map((element: Value, index) => [index, element] as const);
    if (isObject(value))
      return Object.keys(value)
        .sort((a, b) => (a < b ? -1 : 1))
        .map((key) => [key, value[key]] as const);
    if (value === undefined || value === null) return [];
    throw this.#complain(at, `range wants a list or an object, not ${show(value).slice(0, 40)}`);
  }

  #scoped<T>(body: (scope: Map<string, Value>) => T): T {
    const scope = new Map<string, Value>();
    this.#variables.push(scope);
    const result = body(scope);
    this.#variables.pop();
    return result;
  }

  #pipe({ commands, target, at }: Pipe, dot: Value): Value {
    let value: Value;
    for (const [index, command] of commands.entries()) {
      value = this.#command(command, dot, index === 0 ? [] : [value]);
    }
    if (target !== undefined) this.#assign(target, value, at);
    return value;
  }

  #assign({ name, isNew }: { name: string; isNew: boolean }, value: Value, at: number): void {
    const scope = isNew ? this.#variables.at(-1) : this.#variables.findLast((one) => one.has(name));
    if (scope === undefined) throw this.#complain(at, `there is no variable "$${name}"; declare it with :=`);
    scope.set(name, value);
  }

  #command(operands: readonly Operand[], dot: Value, piped: readonly Value[]): Value {
    this.#step();
    const [first, ...others] = operands;
    if (first === undefined) return undefined;
    const args = () => [...others.map((operand) => this.#operand(operand, dot)), ...piped];
    if (first.base.kind === "function") {
      const result = this.#call(FUNCTIONS.get(first.base.name), args(), first.at);
      return this.#follow(result, first.fields, first.at);
    }
    const value = this.#operand(first, dot);
    if (typeof value === "function")
      return this.#call(value as (...args: Value[]) => Value, args(), first.at);
    if (others.length + piped.length > 0)
      throw this.#complain(first.at, "this is no function and takes no arguments");
    return value;
  }

  #operand({ base, fields, at }: Operand, dot: Value): Value {
    switch (base.kind) {
      case "dot":
        return this.#follow(dot, fields, at);
      case "value":
        return base.value;
      case "pipe":
        return this.#follow(this.#pipe(base.pipe, dot), fields, at);
      case "function":
        return this.#follow(this.#call(FUNCTIONS.get(base.name), [], at), fields, at);
      case "variable": {
        const scope = this.#variables.findLast((one) => one.has(base.name));
        if (scope === undefined) throw this.#complain(at, `there is no variable "$${base.name}"`);
        return this.#follow(scope.get(base.name), fields, at);
      }
    }
  }

  #follow(start: Value, fields: readonly string[], at: number): Value {
    let value = start;
    for (const field of fields) {
      if (value === undefined || value === null) return undefined;
      if (!isObject(value))
        throw this.#complain(at, `".${field}" is asked of ${show(value).slice(0, 40)}, which has no fields`);
      if (value === this.#root && this.#fields?.includes(field) === false)
        throw this.#complain(at, this.#unknown(field));
      value = Object.hasOwn(value, field) ? value[field] : undefined;
    }
    return value;
  }

  #unknown(field: string): string {
    const fields = this.#fields ?? [];
    const near = nearestWord(field, fields);
    return `there is no field ".${field}"; ${near === undefined ? `there are ${fields.join(", ")}` : `did you mean ".${near}"?`}`;
  }

  #call(body: ((...args: Value[]) => Value) | undefined, args: readonly Value[], at: number): Value {
    try {
      return body?.(...args);
    } catch (error) {
      throw error instanceof HawserError ? error : this.#complain(at, messageOf(error));
    }
  }

  #print(text: string): undefined {
    if (this.#text.length + text.length > MAX_OUTPUT) throw tooMuch(`more than ${MAX_OUTPUT} characters`);
    this.#text += text;
  }

  #step(): void {
    if (++this.#steps > MAX_STEPS) throw tooMuch(`more than ${MAX_STEPS} steps`);
  }
}

function tooMuch(what: string): HawserError {
  return new HawserError(Code.ResourceExhausted, `fill template: it would take ${what}`);
}
