// A task manager in this process, for tests: its directories, its database, its socket for events, containers whose records
// are plain objects. It can be dropped and made anew, as a hawserd that is restarted.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Exchange } from "../../manager/events/exchange.ts";
import { createEventServer } from "../../manager/events/service.ts";
import { parseEventId } from "../../manager/events/taken-names.ts";
import { writeBusyboxRootfs } from "../../manager/images/embedded-busybox.ts";
import type { Log, LogFields } from "../../manager/log.ts";
import { Database } from "../../manager/metadata/database.ts";
import { defaultProcess, defaultSpec, type OciSpec } from "../../manager/oci/default-spec.ts";
import { RUNTIME_SCHEMA } from "../../manager/runtime/runtime-schema.ts";
import { TaskManager } from "../../manager/runtime/task-manager.ts";
import { TaskRecords } from "../../manager/runtime/task-records.ts";
import { pack, packJson } from "../../proto/any.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { Container } from "../../proto/gen/containers.ts";
import { Options } from "../../proto/gen/runc-options.ts";
import type { Server } from "../../ttrpc/index.ts";
import { FOREVER, type ShimProgram, shell } from "./container-options.ts";
import { linesOf } from "./event-recorder.ts";
import { type Suite, useSuite } from "./suite.ts";
import { until } from "./until.ts";

export const NAMESPACE = "world";

/** A manager and its surroundings; `begin` before use. */
export class TaskWorld {
  readonly program: ShimProgram;
  readonly suite: Suite;
  readonly #containers = new Map<string, Container>();
  readonly #events: string[] = [];
  readonly lines: string[] = [];
  #database: Database | undefined;
  #exchange: Exchange | undefined;
  #server: Server | undefined;
  #tasks: TaskManager | undefined;
  #listening: Promise<void> = Promise.resolve();
  #stop = new AbortController();

  /** Registers the suite of the file; once per file. */
  constructor(program: ShimProgram) {
    this.program = program;
    this.suite = useSuite({ onEnd: () => this.#finish() });
  }

  get dir(): string {
    return this.suite.dir;
  }

  get runtimeRoot(): string {
    return join(this.dir, "oci");
  }

  get tasks(): TaskManager {
    if (this.#tasks === undefined) throw new Error("the manager is away");
    return this.#tasks;
  }

  bundleDir(id: string): string {
    return join(this.dir, "s/tasks", NAMESPACE, id);
  }

  /** Starts the manager; the first time with an empty database. */
  async begin(): Promise<void> {
    const rootDir = join(this.dir, "root");
    mkdirSync(join(this.dir, "s"), { recursive: true });
    mkdirSync(join(this.dir, "var"), { recursive: true });
    if (!existsSync(rootDir)) {
      mkdirSync(rootDir);
      await writeBusyboxRootfs(rootDir);
    }
    const database = Database.open(this.#databasePath, RUNTIME_SCHEMA);
    const exchange = Exchange.open(database);
    const ttrpcAddress = join(this.dir, "e");
    const server = createEventServer((envelope, id) => exchange.forward(envelope, parseEventId(id)));
    this.#database = database;
    this.#exchange = exchange;
    this.#server = server;
    this.#stop = new AbortController();
    this.#listening = this.#listen(exchange, this.#stop.signal);
    this.#tasks = TaskManager.open({
      stateDir: join(this.dir, "s"),
      rootDir: join(this.dir, "var"),
      database,
      containers: { get: (_, id) => this.#container(id) },
      events: exchange,
      searchDirs: [dirname(this.program.binary)],
      grpcAddress: join(this.dir, "g"),
      ttrpcAddress,
      log: new MemoryLog(this.lines),
    });
    await server.listen(`unix://${ttrpcAddress}`);
    await this.#tasks.load();
  }

  /** Ends the manager; its shims go on. */
  async end(): Promise<void> {
    await this.#server?.close();
    await rm(join(this.dir, "e"), { force: true });
    await this.#tasks?.[Symbol.asyncDispose]();
    this.#exchange?.[Symbol.dispose]();
    await this.#listening;
    this.#database?.[Symbol.dispose]();
    this.#tasks = undefined;
    this.#exchange = undefined;
    this.#database = undefined;
    this.#server = undefined;
  }

  /** What a failed test has left is ended, so that the others are not blamed. */
  async #finish(): Promise<void> {
    if (this.#tasks === undefined) await this.begin();
    for (const { id, pid } of this.tasks.shims()) {
      if (pid > 0 && existsSync(`/proc/${pid}`)) process.kill(pid, "SIGCONT");
      await this.kill(id).catch(() => undefined);
      await this.tasks.wait(NAMESPACE, id, "", AbortSignal.timeout(10_000)).catch(() => undefined);
      await this.tasks.delete(NAMESPACE, id).catch(() => undefined);
    }
    await this.end();
  }

  /** Changes what the next manager will find in its records. */
  writeRecords(write: (records: TaskRecords) => void): void {
    using database = Database.open(this.#databasePath, RUNTIME_SCHEMA);
    write(new TaskRecords(database));
  }

  /** What the manager has written down, also while it runs. */
  readRecords<T>(read: (records: TaskRecords) => T): T {
    using database = Database.openReadOnly(this.#databasePath, RUNTIME_SCHEMA);
    return read(new TaskRecords(database));
  }

  /** The next manager finds no records. */
  loseDatabase(): void {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${this.#databasePath}${end}`, { force: true });
  }

  get #databasePath(): string {
    return join(this.dir, "var/runtime.db");
  }

  /** A container's record. */
  container(options: { script?: string; adjust?: (spec: OciSpec) => void } = {}): string {
    const id = `${this.suite.newId()}c`;
    const spec = defaultSpec({
      args: shell(options.script ?? FOREVER),
      rootDir: join(this.dir, "root"),
      cgroupsPath: `/${id}`,
    });
    options.adjust?.(spec);
    const runtime = { name: this.program.binary, options: this.#options() };
    this.#containers.set(id, Container.create({ id, runtime, spec: packJson("Spec", spec) }));
    return id;
  }

  /** A task that is created. */
  async create(options: Parameters<TaskWorld["container"]>[0] = {}, stdout = ""): Promise<string> {
    const id = this.container(options);
    await this.createOf(id, stdout);
    return id;
  }

  createOf(id: string, stdout = "", signal?: AbortSignal): Promise<number> {
    const streams = { stdin: "", stdout, stderr: stdout, terminal: false };
    const wanted = { rootfs: [], ...streams, checkpointDir: "", options: undefined, runtime: "" };
    return this.tasks.create(NAMESPACE, id, wanted, signal);
  }

  /** A task that runs. */
  async run(options: Parameters<TaskWorld["container"]>[0] = {}): Promise<string> {
    const id = await this.create(options);
    await this.tasks.start(NAMESPACE, id, "");
    return id;
  }

  async exec(id: string, execId: string, script: string): Promise<void> {
    const spec = packJson("Process", defaultProcess({ args: shell(script) }));
    const streams = { stdin: "", stdout: "", stderr: "", terminal: false };
    await this.tasks.exec(NAMESPACE, id, { execId, spec, ...streams });
  }

  kill(id: string, signal = 9, execId = ""): Promise<void> {
    return this.tasks.kill(NAMESPACE, id, { execId, signal, isAll: false });
  }

  /** Kills, waits and deletes. */
  async remove(id: string): Promise<number> {
    await this.kill(id).catch(() => undefined);
    await this.tasks.wait(NAMESPACE, id, "");
    return (await this.tasks.delete(NAMESPACE, id)).exitStatus;
  }

  /** Pid of the shim of a task. */
  shimPid(id: string): number {
    return this.shim(id)?.pid ?? 0;
  }

  /** The file that the shim of a task listens at. */
  shimSocket(id: string): string {
    const path = this.shim(id)?.address.replace(/^unix:\/\//, "") ?? "";
    if (!existsSync(path)) throw new Error(`the shim of "${id}" listens at "${path}", and that is not there`);
    return path;
  }

  shim(id: string) {
    return this.tasks.shims().find((shim) => shim.id === id);
  }

  /** The lines of the events of a task so far, over all lives of the manager. */
  of(id: string): string[] {
    const groundless = this.program.groundless ?? [];
    return this.#events
      .filter((line) => line.startsWith(`${id} `))
      .map((line) => line.slice(id.length + 1))
      .filter((line) => !groundless.includes(line));
  }

  /** Waits for these events of a task, in this order, and fails for others. */
  async hears(id: string, ...lines: string[]): Promise<void> {
    await until(() => this.of(id).length >= lines.length, {
      what: `${lines.length} events of "${id}"`,
      deadline: 30_000,
      logs: { events: () => this.of(id).join("\n"), log: () => this.lines.join("\n") },
    });
    const heard = this.of(id).join(", ");
    if (heard !== lines.join(", ")) throw new Error(`heard: ${heard}; expected: ${lines.join(", ")}`);
  }

  async #listen(exchange: Exchange, signal: AbortSignal): Promise<void> {
    for await (const envelope of exchange.subscribe([], signal)) {
      const { containerId, line } = linesOf(envelope);
      this.#events.push(`${containerId} ${line}`);
    }
  }

  #container(id: string): Container {
    const container = this.#containers.get(id);
    if (container === undefined) throw new HawserError(Code.NotFound, `container "${id}": not found`);
    return container;
  }

  #options() {
    return pack(Options, { binaryName: this.program.runtime, root: this.runtimeRoot });
  }
}

class MemoryLog implements Log {
  readonly #lines: string[];
  readonly #fields: LogFields;

  constructor(lines: string[], fields: LogFields = {}) {
    this.#lines = lines;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#add("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#add("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#add("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#add("error", message, fields);
  }

  with(fields: LogFields): Log {
    return new MemoryLog(this.#lines, { ...this.#fields, ...fields });
  }

  #add(level: string, message: string, fields: LogFields = {}): void {
    const all = Object.entries({ ...this.#fields, ...fields });
    this.#lines.push(`${level} ${message} ${all.map(([key, value]) => `${key}=${String(value)}`).join(" ")}`);
  }
}
