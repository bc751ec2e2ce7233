// What the shim needs from an OCI runtime, in one interface: types only. Behind it is a program with the command line
// of runc (`cli-driver.ts`); in tests, whatever pretends to be one.
// Always true: every call has a deadline of its own, errors are HawserErrors whose message is the runtime's own reason,
// and DeadlineExceeded, Canceled and Unknown mean that the outcome is not known: the caller deletes with force.
// Does not know processes, states or events: refusing what the state forbids is the caller's business.

/** Descriptors for the container's stdio, borrowed for the call; `"ignore"` is /dev/null. */
export interface RuntimeStdio {
  readonly stdin: number | "ignore";
  readonly stdout: number | "ignore";
  readonly stderr: number | "ignore";
}

/** What every call takes last. An aborted signal kills the runtime half-way. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What `create` needs. The runtime's complaints also land on `stdio.stderr`: the container inherits it from there. */
export interface CreateOptions {
  readonly bundleDir: string;
  readonly pidFile: string;
  /** Path of a listening unix socket that is sent the terminal's master. */
  readonly consoleSocket?: string | undefined;
  readonly stdio: RuntimeStdio;
  readonly noPivotRoot?: boolean | undefined;
  readonly noNewKeyring?: boolean | undefined;
}

/** What `exec` needs; always detached. */
export interface ExecOptions {
  /** Path of the OCI process, JSON. */
  readonly processFile: string;
  readonly pidFile: string;
  readonly consoleSocket?: string | undefined;
  readonly stdio: RuntimeStdio;
}

/** What criu is told, by both checkpoint and restore. */
export interface CriuOptions {
  readonly imageDir: string;
  readonly workDir?: string | undefined;
  readonly parentDir?: string | undefined;
  readonly hasOpenTcp?: boolean | undefined;
  readonly hasExternalUnixSockets?: boolean | undefined;
  readonly hasTerminal?: boolean | undefined;
  readonly hasFileLocks?: boolean | undefined;
  /** `soft`, `full`, `strict`, `ignore`. */
  readonly cgroupsMode?: string | undefined;
  readonly emptyNamespaces?: readonly string[] | undefined;
}

/** What `checkpoint` needs besides. */
export interface CheckpointOptions extends CriuOptions {
  /** Whether the container goes on afterwards. */
  readonly leaveRunning: boolean;
}

/** What `restore` needs besides: the same as `create`. */
export interface RestoreOptions extends CriuOptions {
  readonly bundleDir: string;
  readonly pidFile: string;
  readonly consoleSocket?: string | undefined;
  readonly stdio: RuntimeStdio;
  readonly noPivotRoot?: boolean | undefined;
}

/** What a runtime says of a container. `status` is its own word: `creating`, `created`, `running`, `paused`, `stopped`. */
export interface ContainerState {
  readonly status: string;
  /** 0 when there is none. */
  readonly pid: number;
}

/** An OCI runtime, for the containers of one namespace and one bundle. */
export interface OciRuntime {
  /** What is run: `runc`, `/usr/bin/crun`. */
  readonly binary: string;
  /** Makes the container up to the point where init waits for `start`. Answers the pid of init. */
  create(id: string, options: CreateOptions, call?: CallOptions): Promise<number>;
  start(id: string, call?: CallOptions): Promise<void>;
  /**
   * Runs one more process and answers its pid, while it runs. After an error the pid file, when there is one, names a
   * process that was started all the same: ending it is the caller's, who is told of its exit too.
   */
  exec(id: string, options: ExecOptions, call?: CallOptions): Promise<number>;
  /** Signals init, or with `all` every process. NotFound when it has ended or there is no such container. */
  kill(id: string, signal: number, options: { readonly all: boolean }, call?: CallOptions): Promise<void>;
  /** Forgets the container. One that does not exist is a success. */
  delete(id: string, options: { readonly force: boolean }, call?: CallOptions): Promise<void>;
  /** Pids as the host sees them, init first where the kernel says so; empty for a container without processes. */
  ps(id: string, call?: CallOptions): Promise<number[]>;
  pause(id: string, call?: CallOptions): Promise<void>;
  resume(id: string, call?: CallOptions): Promise<void>;
  /** Changes limits; `resourcesJson` is OCI LinuxResources. */
  update(id: string, resourcesJson: Uint8Array, call?: CallOptions): Promise<void>;
  /** Unimplemented where the runtime was built without it. */
  checkpoint(id: string, options: CheckpointOptions, call?: CallOptions): Promise<void>;
  /** Makes and starts the container from images. Answers the pid of init. */
  restore(id: string, options: RestoreOptions, call?: CallOptions): Promise<number>;
  state(id: string, call?: CallOptions): Promise<ContainerState>;
  /** OCI features as JSON; undefined where the runtime cannot tell. */
  features(call?: CallOptions): Promise<Uint8Array | undefined>;
  /** What the runtime says of itself, all lines. */
  version(call?: CallOptions): Promise<string>;
}
