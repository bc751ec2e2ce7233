// How large a terminal is.

/** The size of a terminal, in characters; each 0 to 65535, and 0 is unknown. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}
