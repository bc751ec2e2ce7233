// What a template is made of once it is read.

/** One piece of a template. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipe: Pipe }
  | { readonly kind: "if"; readonly branches: readonly Branch[]; readonly otherwise: readonly Node[] }
  | Loop
  | {
      readonly kind: "with";
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly kind: "leave"; readonly how: "break" | "continue" };

/** A condition with what it guards. */
export interface Branch {
  readonly pipe: Pipe;
  readonly body: readonly Node[];
}

/** `range`, with the names of its variables: one is the element, two are index and element. */
export interface Loop {
  readonly kind: "range";
  readonly pipe: Pipe;
  readonly variables: readonly string[];
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

/** Commands, each of which gets what the one before it made as its last argument; and a variable for the result. */
export interface Pipe {
  readonly at: number;
  readonly commands: readonly (readonly Operand[])[];
  /** `$x := …` declares, `$x = …` changes. */
  readonly target?: { readonly name: string; readonly isNew: boolean };
}

/** Something with a value; `fields` are looked up in it one after the other. */
export interface Operand {
  readonly at: number;
  readonly base:
    | { readonly kind: "dot" }
    | { readonly kind: "variable"; readonly name: string }
    | { readonly kind: "value"; readonly value: string | number | boolean | undefined }
    | { readonly kind: "function"; readonly name: string }
    | { readonly kind: "pipe"; readonly pipe: Pipe };
  readonly fields: readonly string[];
}
