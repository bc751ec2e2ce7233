// One session between this program's standard streams and a process in a container: what `run`, `start -a`, `exec` and `attach` have
// in common. docs/terminal.md tells what happens between the keyboard and the container.
// Always true: on every way out the terminal is as it was, and what came before the end of the session has been written.
import { isatty } from "node:tty";
import { Code, HawserError } from "../../../proto/errors.ts";
import { windowSize } from "../../../sys/tty.ts";
import type { SessionEnd } from "../../client/attach/attach-end.ts";
import type { AttachSession } from "../../client/attach/attach-session.ts";
import type { TerminalSize } from "../../client/terminal-size.ts";
import { type Cli, ExitStatus } from "../cli.ts";
import { parseDetachKeys } from "../values/detach-keys.ts";
import { DetachKeys } from "./detach-keys.ts";
import { TerminalGuardian } from "./guardian.ts";
import { RawMode } from "./raw-mode.ts";
import { ScreenModes } from "./screen-modes.ts";
import { passInput } from "./session-input.ts";
import { SessionMessages } from "./session-messages.ts";
import { passOutput } from "./session-output.ts";
import { SessionSignals } from "./session-signals.ts";

/** Keys that leave a process running, when nobody says otherwise. */
export const DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q";

const STDIN_FD = 0;
const ALL_STREAMS: ReadonlySet<string> = new Set(["stdin", "stdout", "stderr"]);

/** How to be with a process. */
export interface SessionOptions {
  /** Whether what is typed, or comes through a pipe, goes to the process. */
  readonly hasInput: boolean;
  /** Which of our streams take part. Default: all. */
  readonly streams?: ReadonlySet<"stdin" | "stdout" | "stderr"> | undefined;
  /** As `--detach-keys` has it. Default {@link DEFAULT_DETACH_KEYS}. */
  readonly detachKeys?: string | undefined;
  /** Whether signals are passed on when there is no keyboard; else they detach. Default: they are. */
  readonly sigProxy?: boolean | undefined;
  /** The messages that were told of the session from its beginning on. */
  readonly messages?: SessionMessages | undefined;
  /** Whether the end of a pipe here is the end of the process's input, for everybody. Default: it is. */
  readonly endsInput?: boolean | undefined;
  /** On a terminal, takes the keyboard all the same: nothing that is typed goes to the process, and ctrl-c leaves it, too. */
  readonly isWatching?: boolean | undefined;
  /** Has what is on the screen drawn anew: of what was printed before, nothing is known here. */
  readonly isRedrawing?: boolean | undefined;
  /** Runs when everything is set, the terminal and its size, too: starts the process. */
  readonly begin?: (() => Promise<unknown>) | undefined;
}

/**
 * Stays with the process until it ends or the user leaves; returns the exit status, and 0 when the user has left. Takes the signals
 * of this program, and its standard input. Throws ExitStatus when the session was cut, when a signal ended us, and when nobody
 * reads our output any more. The session stays the caller's.
 */
export async function runSession(cli: Cli, session: AttachSession, options: SessionOptions): Promise<number> {
  const { sigProxy = true, streams = ALL_STREAMS, detachKeys = DEFAULT_DETACH_KEYS } = options;
  const keys = new DetachKeys(parseDetachKeys("--detach-keys", detachKeys));
  const hasInput = options.hasInput && streams.has("stdin");
  const isWatching = !hasInput && options.isWatching === true;
  const hasKeyboard = (hasInput || isWatching) && session.isTerminal && isatty(STDIN_FD);
  using messages = options.messages ?? new SessionMessages(cli.err);
  cli.takeSignals();

  await using guardian = hasKeyboard ? await TerminalGuardian.start(STDIN_FD) : undefined;
  using raw = new RawMode(STDIN_FD);
  messages.isRaw = () => raw.isRaw;
  const resize = () => {
    const size = session.isTerminal ? terminalSize() : undefined;
    if (size !== undefined) session.resize(size);
  };
  using signals = new SessionSignals({
    session,
    hasKeyboard,
    sigProxy,
    onResize: resize,
    onStop: () => raw.leave(),
    onContinue: () => {
      raw.enterAgain();
      resize();
    },
  });
  if (hasKeyboard) {
    raw.enter();
    guardian?.isRaw();
  }
  // A program draws anew when its size changes, and the last one here may have had the same: docker's way, too.
  const size = options.isRedrawing && session.isTerminal ? terminalSize() : undefined;
  if (size !== undefined) session.resize({ columns: size.columns, rows: size.rows + 1 });
  resize();

  const modes = new ScreenModes();
  const leaving = Promise.withResolvers<"left">();
  try {
    await Promise.race([options.begin?.(), signals.ended]);
    // Nobody waits for a process that is not there any more to read: the end of the session is the end of this, too.
    if (hasKeyboard || (hasInput && session.hasStdin)) {
      const { endsInput = true } = options;
      const input = { stdin: process.stdin, keys: hasKeyboard ? keys : undefined, isWatching, endsInput };
      passInput(session, input).then((hasLeft) => void (hasLeft && leaving.resolve("left")), leaving.reject);
    }
    const output = passOutput(cli, session, { streams, messages, modes });
    // It goes on while we are on our way out.
    output.catch(() => undefined);
    const how = await Promise.race([output, leaving.promise, signals.ended]);
    if (how === "left") {
      await session.detach();
      raw.leave();
      await rest(cli, modes);
      messages.say("detached; it goes on");
      return 0;
    }
    return statusOf(await session.ended, session.offset, messages);
  } catch (error) {
    if (!hasKeyboard && !sigProxy && error instanceof ExitStatus) await session.detach();
    throw error;
  } finally {
    if (hasKeyboard || hasInput) process.stdin.destroy();
    raw.leave();
    await rest(cli, modes);
    await messages.flushed();
  }
}

// The program goes on, or had no time: what it has switched on in the terminal would be in the user's way.
async function rest({ out }: Cli, modes: ScreenModes): Promise<void> {
  const text = modes.restore();
  modes.push(Buffer.from(text));
  // A terminal that has gone needs no rest, and the session's own error says more.
  if (text !== "") await out.write(text).catch(() => undefined);
}

/** Refuses a terminal whose keys would come from something else, as docker does. Throws InvalidArgument. */
export function requireTerminal({
  hasInput,
  hasTerminal,
}: {
  hasInput: boolean;
  hasTerminal: boolean;
}): void {
  if (!hasInput || !hasTerminal || isatty(STDIN_FD)) return;
  const advice = "leave out -t, or run it from a terminal";
  throw new HawserError(Code.InvalidArgument, `-t: the input here is no terminal; ${advice}`);
}

/** The size of the terminal that is here: of the one that output goes to, or else that input comes from. */
export function terminalSize(): TerminalSize | undefined {
  const { stdout } = process;
  // Node follows the size of its output by itself; for that of the input a native library is loaded.
  if (stdout.isTTY) return knownSize({ columns: stdout.columns, rows: stdout.rows });
  return isatty(STDIN_FD) ? knownSize(windowSize(STDIN_FD)) : undefined;
}

function knownSize(size: TerminalSize): TerminalSize | undefined {
  return size.columns > 0 && size.rows > 0 ? size : undefined;
}

function statusOf(end: SessionEnd, offset: bigint, messages: SessionMessages): number {
  if (end.exit !== undefined) {
    messages.exit(end.exit);
    return end.exit.exitStatus;
  }
  if (end.detached) return 0;
  const advice = "hawser logs shows what it prints, and hawser attach --from-offset goes on";
  throw new ExitStatus(1, `the session was cut at offset ${offset}: ${end.cut.message}; ${advice} there`);
}
