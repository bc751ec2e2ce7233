// hawserd's way in: what it is told, its log, and how it ends.
// Exit status: 0 when it was told to stop and has, 1 when it could not start or was told twice, 70 (EX_SOFTWARE of
// sysexits.h) for an exception that nobody awaits. Containers notice none of these: their shims go on, and the next
// hawserd finds them.
import { constants, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { Code, HawserError } from "../proto/errors.ts";
import { type HawserdCommand, readCommandLine } from "./command-line.ts";
import { Daemon } from "./daemon.ts";
import { LineLog, type Log } from "./log.ts";
import { Notifier } from "./notify.ts";
import { REVISION, VERSION } from "./version.ts";

type ServeCommand = Extract<HawserdCommand, { kind: "serve" }>;

const EX_SOFTWARE = 70;
const STDERR = 2;

// From manager/ as from dist/: shims are looked for beside it first.
const executable = join(import.meta.dirname, "../bin/hawserd");

async function main(): Promise<void> {
  const command = orderOf(process.argv.slice(2));
  if (command.kind === "print") {
    process.stdout.write(command.text);
    return;
  }
  const log = new LineLog({ fd: logFd(), ...command.config.log });
  endOnUncaught(log);
  await serve(command, log);
}

function orderOf(argv: readonly string[]): HawserdCommand {
  const version = REVISION === "" ? VERSION : `${VERSION} (${REVISION})`;
  return readCommandLine(argv, process.env, version);
}

async function serve({ config, configFile }: ServeCommand, log: Log): Promise<void> {
  // Modes are given where files are made; a caller's umask of 0 must not open, one of 077 must not close.
  process.umask(0o022);
  if (process.geteuid?.() !== 0) {
    throw new HawserError(Code.PermissionDenied, "needs root, because it makes containers: run it with sudo");
  }
  using notifier = new Notifier(process.env, (reason) => {
    log.warn("tell the init system, continuing", { reason });
  });
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) {
      log.warn("told to stop again, leaving at once", { signal });
      process.exit(1);
    }
    log.info("told to stop", { signal });
    notifier.stopping();
    stop.abort(new HawserError(Code.Canceled, `stopped by ${signal}`));
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  // What a terminal sends when it is closed; a daemon has none, and there is nothing to read again.
  process.on("SIGHUP", () => log.info("SIGHUP, ignoring"));
  try {
    const daemon = await Daemon.start({ config, configFile, log, executable, signal: stop.signal });
    const readyMs = Math.round(performance.now());
    log.info("ready", { address: config.address, pid: process.pid, version: VERSION, readyMs });
    notifier.ready(`serving at ${config.address}`);
    await aborted(stop.signal);
    await daemon[Symbol.asyncDispose]();
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    log.info("stopped before it was ready");
  }
  log.info("stopped");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function endOnUncaught(log: Log): void {
  process.on("uncaughtException", (error, origin) => {
    log.error("uncaught exception, ending", { origin, stack: error instanceof Error ? error.stack : error });
    process.exit(EX_SOFTWARE);
  });
}

// A pipe whose reader is asleep must not stop us: what does not fit is counted as lost. O_NONBLOCK is set on an opening
// of our own, because the other one is shared with whoever gave it to us. Sockets and files stay as they are.
function logFd(): number {
  try {
    if (fstatSync(STDERR).isFIFO()) {
      return openSync(`/proc/self/fd/${STDERR}`, constants.O_WRONLY | constants.O_NONBLOCK);
    }
  } catch {
    // Another user's pipe cannot be opened again: it is written as it is.
  }
  return STDERR;
}

main().then(
  () => process.exit(0),
  (caught: unknown) => {
    const reason = HawserError.from(caught)
      .message.replaceAll(/\s*\n\s*/g, " ")
      .trim();
    process.stderr.write(`hawserd: ${reason}\n`);
    process.exit(1);
  },
);
