// The one error class and its codes. Everything that crosses a border between processes is a HawserError:
// a gRPC code, a sentence, and the cause it was made from. Errors of the operating system stay what they
// are until someone who knows which noun they are about translates them (`isErrno`).

/** gRPC status codes: the numbers that travel on the wire. */
export const Code = {
  OK: 0,
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const;

/** One of the seventeen gRPC status codes. */
export type Code = (typeof Code)[keyof typeof Code];

const names = new Map<number, string>(Object.entries(Code).map(([name, number]) => [number, name]));

/** The name of a code (`"NotFound"`), or `"Code(99)"` for a number that gRPC does not define. */
export function codeName(code: number): string {
  return names.get(code) ?? `Code(${code})`;
}

/** A code from the wire; numbers that gRPC does not define are Unknown. */
export function codeOf(wire: number): Code {
  return names.has(wire) ? (wire as Code) : Code.Unknown;
}

/** A detail attached to an error, as it travels: a message's full name and its encoded bytes. */
export interface ErrorDetail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** What an error carries besides its code and its sentence. */
export interface HawserErrorOptions {
  /** What this error was made from. */
  cause?: unknown;
  /** Messages for the caller's program, passed through unchanged. */
  details?: readonly ErrorDetail[];
}

/**
 * An error with a gRPC code. `message` is a sentence for a person: the action first, strings quoted, the state
 * after the colon. Ask what it is with `isNotFound(error)` and its siblings, never by its message.
 */
export class HawserError extends Error {
  readonly code: Code;
  readonly details: readonly ErrorDetail[];

  constructor(code: Code, message: string, options: HawserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HawserError";
    this.code = code;
    this.details = options.details ?? [];
  }

  /**
   * The only door from "something was thrown" to a HawserError. One that already is comes back as it is; an abort
   * becomes Canceled, or DeadlineExceeded when a timeout is found anywhere in its chain of causes; anything else
   * is Unknown with its own message.
   */
  static from(caught: unknown): HawserError {
    if (caught instanceof HawserError) return caught;
    if (!(caught instanceof Error)) return new HawserError(Code.Unknown, String(caught), { cause: caught });
    const code = abortCode(caught) ?? Code.Unknown;
    return new HawserError(code, caught.message || caught.name, { cause: caught });
  }

  /** The same error with a noun in front: `create task "web": ` + message. Code and details stay. */
  wrap(action: string): HawserError {
    return new HawserError(this.code, `${action}: ${this.message}`, { cause: this, details: this.details });
  }
}

/** What a thrown value says: the message of an error, anything else as text. For the end of a sentence of one's own. */
export function messageOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}

/** How deep a chain of causes is followed: causes can be cyclic. */
const MAX_CAUSES = 16;

function* causes(error: unknown): Generator<Error> {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth++) {
    yield current;
    current = current.cause;
  }
}

function abortCode(error: Error): Code | undefined {
  let code: Code | undefined;
  for (const link of causes(error)) {
    if (link instanceof HawserError) return link.code;
    if (link.name === "TimeoutError") return Code.DeadlineExceeded;
    if (link.name === "AbortError") code = Code.Canceled;
  }
  return code;
}

/** Whether `error` is a HawserError with this code. */
export function hasCode(error: unknown, code: Code): boolean {
  return error instanceof HawserError && error.code === code;
}

/** Whether `error` is a HawserError with code Canceled. */
export const isCanceled = (error: unknown): boolean => hasCode(error, Code.Canceled);
/** Whether `error` is a HawserError with code InvalidArgument. */
export const isInvalidArgument = (error: unknown): boolean => hasCode(error, Code.InvalidArgument);
/** Whether `error` is a HawserError with code DeadlineExceeded. */
export const isDeadlineExceeded = (error: unknown): boolean => hasCode(error, Code.DeadlineExceeded);
/** Whether `error` is a HawserError with code NotFound. */
export const isNotFound = (error: unknown): boolean => hasCode(error, Code.NotFound);
/** Whether `error` is a HawserError with code AlreadyExists. */
export const isAlreadyExists = (error: unknown): boolean => hasCode(error, Code.AlreadyExists);
/** Whether `error` is a HawserError with code ResourceExhausted. */
export const isResourceExhausted = (error: unknown): boolean => hasCode(error, Code.ResourceExhausted);
/** Whether `error` is a HawserError with code FailedPrecondition. */
export const isFailedPrecondition = (error: unknown): boolean => hasCode(error, Code.FailedPrecondition);
/** Whether `error` is a HawserError with code Unavailable. */
export const isUnavailable = (error: unknown): boolean => hasCode(error, Code.Unavailable);

/** Whether the operating system refused with this errno (`"ENOENT"`), here or anywhere in the chain of causes. */
export function isErrno(error: unknown, errno: string): boolean {
  for (const link of causes(error)) if ((link as NodeJS.ErrnoException).code === errno) return true;
  return false;
}
