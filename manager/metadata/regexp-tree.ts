// A regular expression as a tree, and the error of one that is none.
import type { CharacterTest, PlaceTest } from "./regexp-characters.ts";

/** One step of a match: takes a character, or checks the place between two. */
export type RegexpNode =
  | { readonly kind: "character"; readonly accepts: CharacterTest }
  | { readonly kind: "assertion"; readonly holds: PlaceTest }
  | { readonly kind: "sequence"; readonly nodes: readonly RegexpNode[] }
  | { readonly kind: "alternatives"; readonly nodes: readonly RegexpNode[] }
  | { readonly kind: "repeat"; readonly node: RegexpNode; readonly min: number; readonly max: number };

/** What is wrong with an expression, and where. */
export class RegexpError extends Error {
  readonly position: number;
  constructor(position: number, message: string) {
    super(message);
    this.position = position;
  }
}
