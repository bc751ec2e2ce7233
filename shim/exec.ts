// An additional process in a container: from Exec, which only registers it, through Start, which runs it once, to its
// end. Knows how to run one; the order of its events is the container's business.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isBrokered } from "../proto/brokered-stdio.ts";
import { execExitRecordFile, execPidFile } from "../proto/bundle-files.ts";
import { Code, HawserError, messageOf } from "../proto/errors.ts";
import { Scope } from "../sys/scope.ts";
import { brokeredOf, openBroker } from "./broker-of.ts";
import { endStray, requireOwnChild } from "./children.ts";
import type { ContainerHost } from "./host.ts";
import { removeIfThere, removeQuietly } from "./oci/call-files.ts";
import type { OciRuntime } from "./oci/driver.ts";
import { Process } from "./process.ts";
import { openStdio } from "./stdio/process-stdio.ts";
import { planStdio, type StdioRequest } from "./stdio/spec.ts";

/** What Exec asks for. */
export interface ExecRequest extends StdioRequest {
  readonly execId: string;
  /** The OCI process, JSON. */
  readonly spec: Uint8Array;
}

/** What an exec needs of its container. */
export interface ExecPlace {
  readonly containerId: string;
  readonly bundleDir: string;
  readonly runtime: OciRuntime;
  readonly host: ContainerHost;
  /** Processes of the container that were killed for want of memory so far. */
  readonly oomKills: () => bigint;
  /** Fires when none may be started any more. */
  readonly signal: AbortSignal;
}

type ExecState = "added" | "starting" | "running" | "over";

/** One exec. */
export class Exec {
  readonly process: Process;
  readonly #spec: Record<string, unknown>;
  #state: ExecState = "added";
  #prepared: Promise<void> | undefined;

  /** Throws InvalidArgument for a spec that is no JSON object. */
  constructor(request: ExecRequest) {
    this.process = new Process(request.execId, request);
    this.#spec = parseSpec(request);
  }

  /** Opens its broker, when its stdio is to be brokered, so that sessions can be there before it runs. Throws a HawserError. */
  prepare(place: Pick<ExecPlace, "containerId" | "host">): Promise<void> {
    this.#prepared = this.#prepare(place);
    return this.#prepared;
  }

  async #prepare({ containerId, host }: Pick<ExecPlace, "containerId" | "host">): Promise<void> {
    const { process } = this;
    const { execId, request } = process;
    // What else is the matter with stdio is for Start to find, as it always was.
    if (!isBrokered(request.stdout)) return;
    const plan = planStdio(request);
    const onNotice = (notice: string, error?: unknown) =>
      host.log.warn(notice, { containerId, execId, error });
    await openBroker({ containerId, process, plan, attachments: host.attachments, onNotice });
    const { timeoutMs = 0, onDisconnect } = process.broker?.options.wanted ?? {};
    if (timeoutMs === 0 && onDisconnect !== "kill") return;
    // Only a tree that may have to be killed is marked: its processes see the mark.
    const { killTree, markTree } = await import("./process-tree.ts");
    const mark = markTree(this.#spec);
    process.killTree = () => {
      killTree({ pid: process.pid, startTime: process.startTime, mark }).then(
        ({ killed, isWhole }) => {
          const rest = isWhole ? "" : "; it made more of them for too long";
          onNotice(`killed ${killed} processes of exec "${execId}"${rest}`);
        },
        (error: unknown) => {
          onNotice(`kill the processes of exec "${execId}": killing the first alone, continuing`, error);
          process.forceEnd();
        },
      );
    };
  }

  /** Whether it runs, or may. */
  get isBusy(): boolean {
    return this.#state === "starting" || this.#state === "running";
  }

  /** It has ended, its exit published; or it never ran and never will. */
  over(): void {
    this.#state = "over";
  }

  /** Removes what it left in the bundle: probes make thousands of execs. */
  removeFiles(bundleDir: string): void {
    const execId = this.process.execId ?? "";
    removeIfThere(execPidFile(bundleDir, execId));
    removeIfThere(execExitRecordFile(bundleDir, execId));
  }

  /** It is about to be started. Once only: throws FailedPrecondition a second time. */
  begin(): void {
    if (this.#state !== "added") {
      const state = this.#state === "over" ? "stopped" : "running";
      throw new HawserError(Code.FailedPrecondition, `cannot start a ${state} process: failed precondition`);
    }
    this.#state = "starting";
  }

  /**
   * Runs it; answers its pid once the runtime has started it and its stdio is connected. After an error it has not run,
   * or runs no more.
   */
  async start(place: ExecPlace): Promise<number> {
    const pid = await this.#run(place);
    this.#state = "running";
    return pid;
  }

  async #run({ containerId, bundleDir, runtime, host, signal }: ExecPlace): Promise<number> {
    const execId = this.process.execId ?? "";
    await this.#prepared;
    await using scope = new Scope((what, error) =>
      host.log.warn(`${what}: continuing`, { containerId, execId, error }),
    );
    const pidFile = execPidFile(bundleDir, execId);
    removeIfThere(pidFile);
    const processFile = join(bundleDir, `.${execId}.process.json`);
    try {
      writeProcess(processFile, this.#spec, execId);
      const options = {
        containerId,
        namespace: host.namespace,
        execId,
        bundleDir,
        onNotice: (notice: string, error?: unknown) => host.log.warn(notice, { containerId, execId, error }),
        brokered: brokeredOf(this.process),
      };
      const stdio = await openStdio(planStdio(this.process.request), options, { signal });
      scope.defer("close stdio", () => {
        this.process.detach();
        return stdio[Symbol.asyncDispose]();
      });
      scope.defer("end what was started", () => endStray(pidFile));
      const { consoleSocket, child } = stdio;
      this.process.attach(stdio);
      const files = { processFile, pidFile, consoleSocket, stdio: child };
      const pid = await runtime.exec(containerId, files, { signal });
      requireOwnChild(pid, `exec "${execId}"`);
      await stdio.spawned();
      scope.keep();
      return pid;
    } finally {
      removeQuietly(processFile);
    }
  }
}

/** The process as the runtime gets it. Whether there is a terminal is what the request says: the two must agree. */
function parseSpec(request: ExecRequest): Record<string, unknown> {
  let spec: unknown;
  try {
    spec = JSON.parse(Buffer.from(request.spec).toString("utf8"));
  } catch (cause) {
    const reason = messageOf(cause);
    throw new HawserError(
      Code.InvalidArgument,
      `exec "${request.execId}": its process is no JSON: ${reason}`,
      {
        cause,
      },
    );
  }
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) {
    throw new HawserError(Code.InvalidArgument, `exec "${request.execId}": its process is no JSON object`);
  }
  return { ...spec, terminal: request.isTerminal === true };
}

function writeProcess(path: string, spec: Record<string, unknown>, execId: string): void {
  try {
    writeFileSync(path, JSON.stringify(spec), { mode: 0o600 });
  } catch (caught) {
    throw HawserError.from(caught).wrap(`exec "${execId}": write its process`);
  }
}
