// The flags of a command as commander has read them, with the types that a command wants: asked for by the flag's long name, so
// that a parser's error says it.
import type { Wish } from "../oci/resources.ts";

type Parse<T> = (flag: string, value: string) => T;

/** Values of flags. */
export class Flags {
  readonly #values: Readonly<Record<string, unknown>>;

  /** `command.opts()`. */
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Whether a switch was given. */
  isOn(flag: string): boolean {
    return this.#values[keyOf(flag)] === true;
  }

  /** The value of a flag, or undefined. */
  text(flag: string): string | undefined {
    const value = this.#values[keyOf(flag)];
    return typeof value === "string" ? value : undefined;
  }

  /** All values of a flag that may be given again and again. */
  texts(flag: string): readonly string[] {
    const value = this.#values[keyOf(flag)];
    return Array.isArray(value) ? value : [];
  }

  /** The value of a flag, read. */
  one<T>(flag: string, parse: Parse<T>): T | undefined {
    const value = this.text(flag);
    return value === undefined ? undefined : parse(flag, value);
  }

  /** All values of a flag, read. */
  many<T>(flag: string, parse: Parse<T>): T[] {
    return this.texts(flag).map((value) => parse(flag, value));
  }

  /** The value of a flag, read, with how it was written. */
  wish<T>(flag: string, parse: Parse<T>): Wish<T> | undefined {
    return this.one(flag, (_flag, value) => ({ flag, value, is: parse(flag, value) }));
  }
}

// As commander does it: `--cap-add` is `capAdd`.
function keyOf(flag: string): string {
  return flag.replace(/^--/, "").replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
