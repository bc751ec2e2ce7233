// Metadata of a call: names and values, in order, a name possibly several times. Names are lower case on the wire,
// because Go servers look them up in lower case only.

/** What a caller may give: pairs, or an object whose values are one string or several. */
export type MetadataInit =
  | Metadata
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[]>>;

/** Ordered pairs with case-insensitive names. Not shared between calls. */
export class Metadata implements Iterable<readonly [string, string]> {
  readonly #pairs: [string, string][] = [];

  constructor(init?: MetadataInit) {
    if (init === undefined) return;
    if (isIterable(init)) {
      for (const [name, value] of init) this.append(name, value);
      return;
    }
    for (const [name, values] of Object.entries(init)) {
      for (const value of typeof values === "string" ? [values] : values) this.append(name, value);
    }
  }

  /** How many pairs there are. */
  get size(): number {
    return this.#pairs.length;
  }

  /** The first value of this name. */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.#pairs.find(([key]) => key === wanted)?.[1];
  }

  /** Every value of this name, in order. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#pairs.filter(([key]) => key === wanted).map(([, value]) => value);
  }

  /** Adds a value behind those that are there. */
  append(name: string, value: string): void {
    this.#pairs.push([name.toLowerCase(), value]);
  }

  /** Replaces every value of this name by one. */
  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  /** Removes every value of this name. */
  delete(name: string): void {
    const unwanted = name.toLowerCase();
    for (let index = this.#pairs.length - 1; index >= 0; index--) {
      if (this.#pairs[index]?.[0] === unwanted) this.#pairs.splice(index, 1);
    }
  }

  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.#pairs.values();
  }
}

function isIterable(init: MetadataInit): init is Metadata | Iterable<readonly [string, string]> {
  return Symbol.iterator in init;
}
