// One run of `hawser`: makes what a command works with when it is asked for, and ends it. Owns the client and the handlers
// of signals.
import { join } from "node:path";
import { HawserError } from "../../proto/errors.ts";
import { Containers as ContainersService } from "../../proto/gen/containers.ts";
import { Client } from "../client/client.ts";
import type { Container } from "../client/container.ts";
import type { DaemonInfo } from "../client/daemon.ts";
import type { Cli } from "./cli.ts";
import { type Candidate, chooseContainer, ENOUGH_CANDIDATES, filtersFor } from "./container-reference.ts";
import { EXIT_HAWSER, EXIT_SIGNAL_BASE, ExitStatus } from "./exit-status.ts";
import { type Globals, isOn, readGlobals } from "./globals.ts";
import { isListening, startHawserd } from "./hawserd-start.ts";
import { type Output, SIGPIPE, StreamOutput } from "./output.ts";
import { onReaderGone } from "./reader-watch.ts";

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

const STDOUT = 1;

/** What a run is made of. */
export interface InvocationOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Where hawserd is. */
  readonly binDir: string;
}

/** The surroundings of the one command that this process runs. */
export class Invocation implements Cli, AsyncDisposable {
  readonly out: Output;
  readonly err: Output;
  readonly binDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #interrupted = new AbortController();
  #globals: Globals | undefined;
  #client: Promise<Client> | undefined;
  #daemon: Promise<DaemonInfo> | undefined;

  constructor({ env, stdout, stderr, binDir }: InvocationOptions) {
    this.env = env;
    this.binDir = binDir;
    this.out = new StreamOutput(stdout, { env, endsCommand: true });
    this.err = new StreamOutput(stderr, { env, endsCommand: false });
    for (const signal of Object.keys(SIGNALS)) process.on(signal, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  takeSignals(): void {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, this.#onSignal);
  }

  endWithReader(): void {
    onReaderGone(STDOUT, () => this.#interrupted.abort(new ExitStatus(EXIT_SIGNAL_BASE + SIGPIPE)));
  }

  get globals(): Globals {
    // Help can be asked for where the environment is wrong.
    this.#globals ??= readGlobals({}, this.env);
    return this.#globals;
  }

  /** Whether errors are to be shown with their causes; also before the flags are read. */
  get isDebugging(): boolean {
    return this.#globals?.debug ?? isOn(this.env["HAWSER_DEBUG"]);
  }

  /** What the flags say; before the command begins. Throws as `readGlobals` does. */
  useFlags(flags: Readonly<Record<string, unknown>>): void {
    this.#globals = readGlobals(flags, this.env);
  }

  client(): Promise<Client> {
    this.#client ??= this.#connect();
    return this.#client;
  }

  daemon(): Promise<DaemonInfo> {
    this.#daemon ??= this.client().then((client) => client.daemon({ signal: this.signal }));
    return this.#daemon;
  }

  async container(reference: string): Promise<Container> {
    const client = await this.client();
    let found: Candidate[] = [];
    for (const filters of filtersFor(reference)) {
      found = await this.#candidates(client, filters);
      if (found.length > 0) break;
    }
    return await client.containers.get(chooseContainer(reference, found), { signal: this.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.takeSignals();
    const client = await this.#client?.catch(() => undefined);
    await client?.[Symbol.asyncDispose]();
  }

  // One after the other, and no more than are needed: thousands may begin so, and a record is large.
  async #candidates(client: Client, filters: readonly string[]): Promise<Candidate[]> {
    const found: Candidate[] = [];
    const request = { filters: [...filters] };
    for await (const { container } of client
      .service(ContainersService)
      .listStream(request, { signal: this.signal })) {
      if (container !== undefined) found.push(container);
      if (found.length === ENOUGH_CANDIDATES) break;
    }
    return found;
  }

  async #connect(): Promise<Client> {
    const { address, namespace, state } = this.globals;
    try {
      if (!(await isListening(address))) await this.#start();
      const stdioDir = this.env["HAWSER_STDIO_DIR"] || join(state, "fifo");
      return await Client.connect({ address, namespace, stdioDir, signal: this.signal });
    } catch (caught) {
      if (caught instanceof ExitStatus) throw caught;
      const { message } = HawserError.from(caught);
      throw new ExitStatus(EXIT_HAWSER, message, { cause: caught });
    }
  }

  async #start(): Promise<void> {
    const { globals, binDir, env, signal } = this;
    const nobody = `connect to "${globals.address}": nobody listens there`;
    if (!globals.autoStart) {
      throw new ExitStatus(
        EXIT_HAWSER,
        `${nobody}; start hawserd, or leave out --no-start and HAWSER_START=0`,
      );
    }
    if (process.geteuid?.() !== 0) {
      const advice = "and to start hawserd needs root: run it with sudo";
      throw new ExitStatus(EXIT_HAWSER, `${nobody}, ${advice}`);
    }
    const onStarted = (pid: number, log: string) =>
      this.err.line(`hawser: hawserd started (pid ${pid}), log: ${log}`);
    await startHawserd({ globals, binDir, env, signal, onStarted });
  }

  // A property, so that it can be taken away again.
  readonly #onSignal = (signal: keyof typeof SIGNALS) => {
    const status = EXIT_SIGNAL_BASE + SIGNALS[signal];
    if (this.signal.aborted) process.exit(status);
    this.#interrupted.abort(new ExitStatus(status));
  };
}
