// Regular expressions that strangers may send: whether a text matches takes time in proportion to its length, whatever the
// expression, because all ways through it are followed side by side (Thompson 1968) instead of one after the other. The
// engine of JavaScript goes back and tries again, and 30 characters can keep it, and with it the manager, busy for hours.
// Always true: the size of a compiled expression is bounded. The syntax is regexp-syntax.ts.
import type { CharacterTest, PlaceTest } from "./regexp-characters.ts";
import { parseRegexp } from "./regexp-syntax.ts";
import { RegexpError, type RegexpNode } from "./regexp-tree.ts";

/** The most steps of a compiled expression: a text of 4096 characters takes a millisecond at worst. */
const MAX_STEPS = 1000;

type Step =
  | { readonly kind: "character"; readonly accepts: CharacterTest }
  | { readonly kind: "assertion"; readonly holds: PlaceTest }
  | { readonly kind: "fork"; first: number; second: number }
  | { readonly kind: "match" };

// Their absence means that the expression is a text to look for, which the engine does best.
const SPECIAL = /[\\^$.|?*+()[\]{}]/;

/** A compiled expression. Immutable. */
export class Regexp {
  readonly #literal: string | undefined;
  readonly #steps: Step[] = [];

  /** Throws RegexpError, which says what is wrong and where, also for an expression that is too large. */
  constructor(pattern: string) {
    if (!SPECIAL.test(pattern)) {
      this.#literal = pattern;
      return;
    }
    this.#emit(parseRegexp(pattern));
    this.#push({ kind: "match" });
  }

  /** Whether it matches somewhere in the text. */
  test(text: string): boolean {
    return this.#literal === undefined ? this.#run(text) : text.includes(this.#literal);
  }

  #push(step: Step): number {
    if (this.#steps.length >= MAX_STEPS) {
      throw new RegexpError(
        0,
        `the expression is too large: with its repetitions written out it has more than ${MAX_STEPS} steps`,
      );
    }
    return this.#steps.push(step) - 1;
  }

  // Each node's steps lead to the step after them; forks are the only ones that lead elsewhere.
  #emit(node: RegexpNode): void {
    switch (node.kind) {
      case "character":
      case "assertion":
        this.#push(node);
        break;
      case "sequence":
        for (const part of node.nodes) this.#emit(part);
        break;
      case "alternatives":
        this.#emitAlternatives(node.nodes);
        break;
      case "repeat":
        this.#emitRepeat(node.node, node.min, node.max);
        break;
    }
  }

  #emitAlternatives(nodes: readonly RegexpNode[]): void {
    const exits: { second: number }[] = [];
    for (const [index, node] of nodes.entries()) {
      if (index === nodes.length - 1) {
        this.#emit(node);
        break;
      }
      const fork = { kind: "fork" as const, first: this.#steps.length + 1, second: 0 };
      this.#push(fork);
      this.#emit(node);
      // A fork with one way is a jump.
      const exit = { kind: "fork" as const, first: -1, second: 0 };
      this.#push(exit);
      exits.push(exit);
      fork.second = this.#steps.length;
    }
    for (const exit of exits) exit.second = this.#steps.length;
  }

  #emitRepeat(node: RegexpNode, min: number, max: number): void {
    for (let n = 0; n < min; n++) {
      const size = this.#steps.length;
      this.#emit(node);
      // Nothing, a thousand times a thousand times, is a loop without steps that a limit could count.
      if (this.#steps.length === size) break;
    }
    if (max === Number.POSITIVE_INFINITY) {
      const fork = { kind: "fork" as const, first: this.#steps.length + 1, second: 0 };
      const start = this.#push(fork);
      this.#emit(node);
      this.#push({ kind: "fork", first: -1, second: start });
      fork.second = this.#steps.length;
      return;
    }
    const forks: { second: number }[] = [];
    for (let n = min; n < max; n++) {
      const fork = { kind: "fork" as const, first: this.#steps.length + 1, second: 0 };
      this.#push(fork);
      forks.push(fork);
      this.#emit(node);
    }
    for (const fork of forks) fork.second = this.#steps.length;
  }

  #run(text: string): boolean {
    let current: number[] = [];
    let following: number[] = [];
    const seen = new Int32Array(this.#steps.length).fill(-1);
    let before = -1;
    for (let at = 0, index = 0; ; index++) {
      const after = text.codePointAt(at) ?? -1;
      // Steps that were reached by the last character, and the beginning: a match may start anywhere.
      const threads: number[] = [];
      for (const step of [...current, 0]) {
        if (this.#follow(step, before, after, index, seen, threads)) return true;
      }
      if (after < 0) return false;
      following = [];
      for (const thread of threads) {
        const step = this.#steps[thread];
        if (step?.kind === "character" && step.accepts(after)) following.push(thread + 1);
      }
      current = following;
      before = after;
      at += after > 0xffff ? 2 : 1;
    }
  }

  /** Adds the steps that take a character and can be reached from here without one; true when a match is among them. */
  #follow(
    from: number,
    before: number,
    after: number,
    index: number,
    seen: Int32Array,
    threads: number[],
  ): boolean {
    const stack = [from];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at < 0 || seen[at] === index) continue;
      seen[at] = index;
      const step = this.#steps[at];
      if (step === undefined) continue;
      if (step.kind === "match") return true;
      if (step.kind === "character") threads.push(at);
      else if (step.kind === "fork") stack.push(step.second, step.first);
      else if (step.holds(before, after)) stack.push(at + 1);
    }
    return false;
  }
}
