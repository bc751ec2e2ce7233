// How parts of the shim that have no log say what should be in it. A type only, for those who may not know each other.

/** Told of what was survived and should be in the log: a sentence, and what it was made from. Must not throw. */
export type OnNotice = (notice: string, cause?: unknown) => void;
