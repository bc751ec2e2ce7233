// What the tests of stdio share: a test that fails for a leaked descriptor, a client's side of fifos, and processes that
// stand for the container.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { openStdio, type ProcessStdio, type StdioOptions } from "../../../../shim/stdio/process-stdio.ts";
import { planStdio, type StdioRequest } from "../../../../shim/stdio/spec.ts";
import { pipe } from "../../../../sys/fd.ts";
import { FdReader } from "../../../../sys/fd-io.ts";
import { makeFifo, openFifoForReading } from "../../../../sys/fifo.ts";
import { openFds } from "../../../support/open-fds.ts";
import { until } from "../../../support/until.ts";

/** What a test has: a directory of its own and what was noticed. */
export interface StdioTest {
  readonly dir: string;
  readonly notices: string[];
  readonly options: StdioOptions;
  /** Makes a fifo in the directory and answers its path. */
  fifo(name: string): string;
  open(request: StdioRequest, signal?: AbortSignal): Promise<ProcessStdio>;
}

export function fixture(name: string): string {
  return resolve(import.meta.dirname, "../../../fixtures", name);
}

// What the process opens once and keeps: the loop's epoll, the pool, the watch of children.
async function warmUp(): Promise<void> {
  const pair = pipe();
  pair.write.close();
  using reader = new FdReader(pair.read);
  await reader.read();
  await exitOf(spawn("true", { stdio: "ignore" }));
}

/** A test that also fails when it leaves a descriptor behind. */
export function stdioTest(name: string, body: (context: StdioTest) => Promise<void>): void {
  test(name, { timeout: 60_000 }, async () => {
    await warmUp();
    const dir = mkdtempSync(join(tmpdir(), "hw-stdio-"));
    const before = new Set(openFds());
    const notices: string[] = [];
    const options: StdioOptions = {
      containerId: "web",
      namespace: "tests",
      bundleDir: dir,
      onNotice: (notice, cause) => notices.push(cause === undefined ? notice : `${notice}: ${cause}`),
    };
    try {
      await body({
        dir,
        notices,
        options,
        fifo(fifoName) {
          makeFifo(join(dir, fifoName));
          return join(dir, fifoName);
        },
        open: (request, signal) => openStdio(planStdio(request), options, { signal }),
      });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
    await until(() => openFds().every((fd) => before.has(fd)), {
      deadline: 2_000,
      what: "descriptors closed",
      logs: {
        left: () =>
          openFds()
            .filter((fd) => !before.has(fd))
            .join("\n"),
      },
    });
  });
}

/** A process in place of the container's: what the OCI runtime would leave behind. */
export function run(stdio: ProcessStdio, ...argv: [string, ...string[]]): ChildProcess {
  const [program, ...args] = argv;
  const { stdin, stdout, stderr } = stdio.child;
  return spawn(program, args, { stdio: [stdin, stdout, stderr] });
}

/** `"0"`, `"SIGTERM"`. */
export function exitOf(child: ChildProcess): Promise<string> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve(String(child.exitCode ?? child.signalCode));
  }
  return new Promise((resolve, reject) => {
    child.once("exit", (code, signal) => resolve(String(code ?? signal)));
    child.once("error", reject);
  });
}

/** A client that reads a fifo, as slowly as it is asked. */
export class Client implements Disposable {
  readonly #reader: FdReader;
  text = "";
  byteLength = 0;

  constructor(path: string) {
    this.#reader = new FdReader(openFifoForReading(path));
  }

  /** One read; false at the end. */
  async read(): Promise<boolean> {
    const bytes = await this.#reader.read({ signal: AbortSignal.timeout(20_000) });
    if (bytes === undefined) return false;
    this.byteLength += bytes.length;
    // Enough for every assertion; a burst is only counted.
    if (this.text.length < 1_000_000) this.text += bytes.toString("latin1");
    return true;
  }

  /** Until `part` is there; throws when the end comes before. */
  async readUntil(part: string): Promise<void> {
    while (!this.text.includes(part)) {
      if (!(await this.read())) throw new Error(`end of stream before "${part}" in: ${this.text}`);
    }
  }

  async readToEnd(): Promise<string> {
    while (await this.read());
    return this.text;
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }
}
