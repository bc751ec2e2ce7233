// What a program has switched on in the user's terminal, and how it is switched off again when the session ends before the
// program has done so: another screen, the mouse, a hidden cursor. Pure. Knows only the modes that would be in the way of a shell.
// Always true: bounded, whatever comes; a sequence may come in pieces.

const ESCAPE = 0x1b;
/** Longer ones are none of these. */
const MAX_SEQUENCE = 64;

/** Private modes of DEC and xterm that are off in a terminal at rest. */
const OFF_AT_REST = new Set([1, 9, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1047, 1049, 2004, 2026]);
/** Those that are on: the cursor. */
const ON_AT_REST = new Set([25]);

/** Follows the modes of one terminal. */
export class ScreenModes {
  readonly #changed = new Set<number>();
  #hasKeypad = false;
  #partial = "";

  /** Looks at what the terminal is sent. */
  push(bytes: Uint8Array): void {
    if (this.#partial === "" && bytes.indexOf(ESCAPE) < 0) return;
    const text = this.#partial + Buffer.from(bytes).toString("latin1");
    this.#partial = "";
    for (let at = text.indexOf("\x1b"); at >= 0; at = text.indexOf("\x1b", at + 1)) {
      const [whole, parameters, final, keypad] = SEQUENCE.exec(text.slice(at, at + MAX_SEQUENCE)) ?? [];
      if (keypad !== undefined) this.#hasKeypad = keypad === "=";
      else if (final !== undefined) this.#take(parameters?.split(";").map(Number) ?? [], final === "h");
      else if (whole !== undefined && at + whole.length === text.length && whole.length < MAX_SEQUENCE) {
        this.#partial = whole;
      }
    }
  }

  /** What puts the terminal at rest; empty when it is. */
  restore(): string {
    let text = this.#hasKeypad ? "\x1b>" : "";
    for (const mode of this.#changed) text += `\x1b[?${mode}${ON_AT_REST.has(mode) ? "h" : "l"}`;
    // Colours belong to the screen that a program has drawn.
    return text === "" ? "" : `${text}\x1b[0m`;
  }

  #take(modes: readonly number[], isOn: boolean): void {
    for (const mode of modes) {
      if (!OFF_AT_REST.has(mode) && !ON_AT_REST.has(mode)) continue;
      if (isOn === ON_AT_REST.has(mode)) this.#changed.delete(mode);
      else this.#changed.add(mode);
    }
  }
}

// A mode that is set or reset, the keypad's, or the beginning of one of these.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of terminals begin with one
const SEQUENCE = /^\x1b(?:\[\?([\d;]*)(?:([hl])|$)|([=>])|\[?$)/;
