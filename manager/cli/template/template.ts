// A template, ready to be filled: Go's text/template, as far as docker's users write it, by an interpreter of our own, because npm
// has none that is looked after. Whoever writes the template is the user; what it is filled with comes from strangers, so that time
// and output are bounded.
import { Filling } from "./filling.ts";
import type { Node } from "./nodes.ts";
import { parseTemplate } from "./parser.ts";
import { type Complain, complainAbout } from "./template-error.ts";

/** How strict a filling is. */
export interface FillOptions {
  /** The fields that the data has, when another name is a mistake. Otherwise it shows as `<no value>`. */
  readonly fields?: Iterable<string> | undefined;
}

/** A template that was read. */
export class Template {
  readonly #nodes: readonly Node[];
  readonly #complain: Complain;

  /** Reads it; `\t` and `\n` written as two characters are tab and newline. Throws InvalidArgument with line and column. */
  constructor(text: string) {
    this.#complain = complainAbout(text);
    this.#nodes = parseTemplate(text);
  }

  /** Fills it. Throws InvalidArgument for a field that is not there and for what a function does not take. */
  fill(data: unknown, { fields }: FillOptions = {}): string {
    return new Filling(data, fields === undefined ? undefined : [...fields], this.#complain).run(this.#nodes);
  }
}
