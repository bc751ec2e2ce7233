// The shell that started us and waits for our word (bin/containerd-shim-hawser-v2, made by scripts/launcher.ts): what it
// tells us, and how it is let go. It exits 0 when it gets SIGUSR1, and with our own status when we end before that; a
// manager that gave up has killed it. docs/shim-start.md has the drawing.
import { Code, HawserError } from "../proto/errors.ts";

/** What the launcher puts before the arguments of `start`. */
const WORD = /^launcher=(\d+),(\d+)$/;

/** The shell that waits. */
export interface Launcher {
  readonly pid: number;
  /** The launcher's parent: the manager. */
  readonly managerPid: number;
}

/** Takes the launcher's word off the arguments; undefined when we were started by somebody else. Pure. */
export function takeLauncher(argv: readonly string[]): {
  launcher: Launcher | undefined;
  argv: readonly string[];
} {
  const match = WORD.exec(argv[0] ?? "");
  if (match === null) return { launcher: undefined, argv };
  return { launcher: { pid: Number(match[1]), managerPid: Number(match[2]) }, argv: argv.slice(1) };
}

/** Whether it still waits: while it lives it is our parent. */
export function isWaiting(launcher: Launcher): boolean {
  return process.ppid === launcher.pid;
}

/** Lets it exit 0. Throws Canceled when it is gone: then the manager has not taken our reply for a success. */
export function release(launcher: Launcher): void {
  if (!isWaiting(launcher)) throw new HawserError(Code.Canceled, "start: nobody waits for it any more");
  try {
    process.kill(launcher.pid, "SIGUSR1");
  } catch (caught) {
    throw new HawserError(Code.Canceled, "start: nobody waits for it any more", { cause: caught });
  }
}
