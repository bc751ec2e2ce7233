// An OCI runtime behind its command line: runc, crun, youki and whatever else takes the same arguments. One per bundle.
// Always true: one process a call and nothing around it; each call has a log file of its own, which is gone after the
// call (only that of create and restore stays, as `log.json`: nothing else runs before they have answered); the runtime
// gets no descriptor but those meant for it and no environment but what it needs.
// stdout and stderr of create, exec and restore are the container's own, so reasons come from the log alone; there runc
// and crun also write the reason to stderr, and so the client of a failed exec reads it twice, as with every shim. For
// all other commands stderr goes into that same log file: what a loader or a panic says is found there.
// Must not know processes and states, nor retry: the outcome of a failed call is unknown.
import { closeSync } from "node:fs";
import { join } from "node:path";
import { BundleFile } from "../../proto/bundle-files.ts";
import { Code, HawserError, isNotFound } from "../../proto/errors.ts";
import { signalName } from "../../sys/signal.ts";
import { argv, type Command, type Family, familyOf, type Verb } from "./argv.ts";
import { inputFile, openLog, removeIfThere, removeQuietly } from "./call-files.ts";
import type {
  CallOptions,
  CheckpointOptions,
  ContainerState,
  CreateOptions,
  ExecOptions,
  OciRuntime,
  RestoreOptions,
  RuntimeStdio,
} from "./driver.ts";
import { logSize, MAX_REASON_CHARS, readLogTail, reasonInLog, verdictOf } from "./log.ts";
import { isPid, readPidFile } from "./pid-file.ts";
import { type CommandOutcome, runCommand } from "./run-command.ts";

export { readPidFile };

/**
 * Budgets. They only bound a runtime that hangs, so they are generous: hooks run inside create, start and delete, and
 * `runc delete --force` alone waits up to 10 s for the processes to go. criu writes all memory of the container.
 */
export const TIMEOUTS_MS: Readonly<Record<Verb, number>> = {
  create: 120_000,
  start: 60_000,
  exec: 60_000,
  kill: 10_000,
  delete: 60_000,
  ps: 10_000,
  pause: 20_000,
  resume: 20_000,
  update: 20_000,
  checkpoint: 600_000,
  restore: 600_000,
  state: 10_000,
  features: 5_000,
  version: 5_000,
};

/** Most that is read of what a command prints: `ps` of 100,000 processes fits. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

const MAX_SIGNAL = 64;

// A runtime needs programs (criu, newuidmap, systemd's bus) and, rootless, a directory of its own. Not passed on, among
// others: NOTIFY_SOCKET and LISTEN_FDS, which both act on and hand to the container, and NODE_*.
const ENVIRONMENT = [
  "PATH",
  "HOME",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "XDG_RUNTIME_DIR",
  "XDG_CONFIG_HOME",
  "DBUS_SESSION_BUS_ADDRESS",
  "DBUS_SYSTEM_BUS_ADDRESS",
];

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The part of `environment` that an OCI runtime is given; a PATH is always there. */
export function runtimeEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const name of ENVIRONMENT) {
    const value = environment[name];
    if (value) env[name] = value;
  }
  return env;
}

export interface CliDriverOptions {
  /** Name in $PATH, or path. */
  readonly binary: string;
  /** Where the runtime keeps the state of this namespace's containers (`<root>/<namespace>`). */
  readonly rootDir: string;
  /** Its working directory, and where its logs go. Absolute. */
  readonly bundleDir: string;
  readonly hasSystemdCgroup?: boolean | undefined;
  /** Default: told by the name of the binary. */
  readonly family?: Family | undefined;
  /** Default: what of our own environment a runtime needs. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Other budgets than `TIMEOUTS_MS`. */
  readonly timeoutsMs?: Partial<Record<Verb, number>> | undefined;
}

interface RunOptions extends CallOptions {
  readonly stdio?: RuntimeStdio;
  readonly input?: Uint8Array;
  readonly wantsOutput?: boolean;
}

const NO_STDIO: RuntimeStdio = { stdin: "ignore", stdout: "ignore", stderr: "ignore" };

// Of the whole process: two drivers may serve one bundle (a shim's, and that of a second container in it).
let logNumber = 0;

/** {@link OciRuntime} on a command line. */
export class CliDriver implements OciRuntime {
  readonly binary: string;
  readonly #options: CliDriverOptions;
  readonly #family: Family;
  readonly #env: Readonly<Record<string, string>>;

  constructor(options: CliDriverOptions) {
    this.binary = options.binary;
    this.#options = options;
    this.#family = options.family ?? familyOf(options.binary);
    this.#env = options.env ?? runtimeEnvironment(process.env);
  }

  async create(id: string, options: CreateOptions, call: CallOptions = {}): Promise<number> {
    return await this.#runForPid({ verb: "create", id, ...options }, options, call);
  }

  async start(id: string, call: CallOptions = {}): Promise<void> {
    await this.#run({ verb: "start", id }, call);
  }

  async exec(id: string, options: ExecOptions, call: CallOptions = {}): Promise<number> {
    return await this.#runForPid({ verb: "exec", id, ...options }, options, call);
  }

  async kill(id: string, signal: number, options: { all: boolean }, call: CallOptions = {}): Promise<void> {
    if (!Number.isInteger(signal) || signal < 0 || signal > MAX_SIGNAL) {
      throw new HawserError(Code.InvalidArgument, inContext("kill", `no signal has the number ${signal}`));
    }
    await this.#run({ verb: "kill", id, signal, all: options.all }, call);
  }

  async delete(id: string, options: { force: boolean }, call: CallOptions = {}): Promise<void> {
    try {
      await this.#run({ verb: "delete", id, force: options.force }, call);
    } catch (caught) {
      if (!isNotFound(caught)) throw caught;
    }
  }

  async ps(id: string, call: CallOptions = {}): Promise<number[]> {
    const { stdout } = await this.#run({ verb: "ps", id }, { ...call, wantsOutput: true });
    const pids = parseOutput("ps", stdout) ?? []; // runc says null when there are none
    if (!Array.isArray(pids) || !pids.every(isPid)) throw unreadable("ps", stdout);
    return pids;
  }

  async pause(id: string, call: CallOptions = {}): Promise<void> {
    await this.#run({ verb: "pause", id }, call);
  }

  async resume(id: string, call: CallOptions = {}): Promise<void> {
    await this.#run({ verb: "resume", id }, call);
  }

  async update(id: string, resourcesJson: Uint8Array, call: CallOptions = {}): Promise<void> {
    await this.#run({ verb: "update", id }, { ...call, input: resourcesJson });
  }

  async checkpoint(id: string, options: CheckpointOptions, call: CallOptions = {}): Promise<void> {
    await this.#run({ verb: "checkpoint", id, ...options }, call);
  }

  async restore(id: string, options: RestoreOptions, call: CallOptions = {}): Promise<number> {
    return await this.#runForPid({ verb: "restore", id, ...options }, options, call);
  }

  async state(id: string, call: CallOptions = {}): Promise<ContainerState> {
    const { stdout } = await this.#run({ verb: "state", id }, { ...call, wantsOutput: true });
    const state = parseOutput("state", stdout) as { status?: unknown; pid?: unknown } | null;
    if (typeof state?.status !== "string") throw unreadable("state", stdout);
    return { status: state.status, pid: isPid(state.pid) ? state.pid : 0 };
  }

  async features(call: CallOptions = {}): Promise<Uint8Array | undefined> {
    const outcome = await this.#spawn({ verb: "features" }, { ...call, wantsOutput: true });
    // crun before 1.8.6 and runc before 1.1 do not know the word; why does not matter to who asks.
    return outcome.code === 0 && outcome.stdout.length > 0 ? outcome.stdout : undefined;
  }

  async version(call: CallOptions = {}): Promise<string> {
    const { stdout } = await this.#run({ verb: "version" }, { ...call, wantsOutput: true });
    return stdout.toString("utf8").trim();
  }

  /** A command that leaves a pid in a file. The file is read once, when the runtime has ended. */
  async #runForPid(
    command: Command & { pidFile: string },
    options: { stdio: RuntimeStdio },
    call: CallOptions,
  ): Promise<number> {
    // One that a process of the same name left must not be taken for the answer.
    removeIfThere(command.pidFile);
    await this.#run(command, { ...call, stdio: options.stdio });
    const pid = readPidFile(command.pidFile);
    if (pid !== undefined) return pid;
    const text = `"${this.binary}" answered success and left no pid in "${command.pidFile}"`;
    throw new HawserError(Code.Internal, inContext(command.verb, text));
  }

  /** Runs a command that has to succeed; otherwise throws the runtime's reason. */
  async #run(command: Command, options: RunOptions): Promise<CommandOutcome> {
    const { verb } = command;
    const log = verb === "features" || verb === "version" ? undefined : this.#logFor(verb);
    try {
      const outcome = await this.#spawn(command, options, log?.path);
      if (outcome.code === 0) return outcome;
      const said = log ? readLogTail(log.path, log.start) : outcome.stderr.toString("utf8");
      throw this.#failure(verb, outcome, reasonInLog(said));
    } finally {
      if (log && !log.isKept) removeQuietly(log.path);
    }
  }

  async #spawn(command: Command, options: RunOptions, logFile?: string): Promise<CommandOutcome> {
    const { stdio = NO_STDIO, input, wantsOutput, signal } = options;
    const { rootDir, bundleDir, hasSystemdCgroup, timeoutsMs } = this.#options;
    const args = argv({ family: this.#family, rootDir, logFile, hasSystemdCgroup }, command);
    const complaintsFd = options.stdio || !logFile ? undefined : openLog(logFile);
    let inputFd: number | undefined;
    try {
      if (input) inputFd = inputFile(join(bundleDir, `.input-${process.pid}-${logNumber}`), input);
      return await runCommand({
        binary: this.binary,
        args,
        cwd: bundleDir,
        env: this.#env,
        stdin: inputFd ?? stdio.stdin,
        stdout: wantsOutput ? "capture" : stdio.stdout,
        stderr: options.stdio ? stdio.stderr : (complaintsFd ?? "capture"),
        timeoutMs: timeoutsMs?.[command.verb] ?? TIMEOUTS_MS[command.verb],
        maxOutputBytes: MAX_OUTPUT_BYTES,
        signal,
      });
    } catch (caught) {
      throw HawserError.from(caught).wrap(inContext(command.verb));
    } finally {
      for (const fd of [complaintsFd, inputFd]) if (fd !== undefined) closeSync(fd);
    }
  }

  #logFor(verb: Verb): { path: string; start: number; isKept: boolean } {
    const { bundleDir } = this.#options;
    if (verb === "create" || verb === "restore") {
      const path = join(bundleDir, BundleFile.runtimeLog);
      return { path, start: logSize(path), isKept: true };
    }
    logNumber += 1;
    return { path: join(bundleDir, `.log-${process.pid}-${logNumber}.json`), start: 0, isKept: false };
  }

  #failure(verb: Verb, outcome: CommandOutcome, reason: string | undefined): HawserError {
    if (reason === undefined) {
      const end =
        outcome.signal === undefined
          ? `ended with status ${outcome.code}`
          : `was ended by ${signalName(outcome.signal)}`;
      return new HawserError(Code.Unknown, inContext(verb, `"${this.binary}" ${end} and gave no reason`));
    }
    const { code, message } = verdictOf(verb, reason);
    if (message === undefined) return new HawserError(code, inContext(verb, reason));
    return new HawserError(code, message, { cause: new Error(reason) });
  }
}

// No way to begin an error here otherwise, but it is how every containerd shim begins this one, and people and programs
// look for it.
function inContext(verb: Verb, reason?: string): string {
  return `OCI runtime ${verb} failed${reason === undefined ? "" : `: ${reason}`}`;
}

function parseOutput(verb: Verb, stdout: Buffer): unknown {
  try {
    return JSON.parse(stdout.toString("utf8"));
  } catch {
    throw unreadable(verb, stdout);
  }
}

function unreadable(verb: Verb, stdout: Buffer): HawserError {
  const shown = JSON.stringify(stdout.toString("utf8", 0, MAX_REASON_CHARS >> 4));
  return new HawserError(Code.Internal, inContext(verb, `its answer is not understood: ${shown}`));
}
