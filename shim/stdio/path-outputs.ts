// Outputs that are places in the file system: fifos of the client, files, devices. Owns a handle on each place and, for
// a fifo, the reading end that keeps it alive (see `output-fifo.ts`). Two names of one file are one output, opened once.
import { constants } from "node:fs";
import { dirname } from "node:path";
import { makeDirectories } from "../../sys/directory.ts";
import { OwnedFd } from "../../sys/fd.ts";
import { FdWriter } from "../../sys/fd-io.ts";
import { type Drained, type OnNotice, worst } from "./contract.ts";
import { FileSink } from "./file-sink.ts";
import { openError } from "./open-error.ts";
import { OutputFifo } from "./output-fifo.ts";
import type { OutputFds, Outputs, Sink } from "./outputs.ts";
import { PathHandle } from "./path-handle.ts";

const { O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants;
const DIR_MODE = 0o755;
const FILE_MODE = 0o644;

/** Paths of the two streams; equal ones are fine. */
export interface OutputPaths {
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
}

/** Makes a file and its parents where they are missing: what file:// promises. Throws a HawserError. */
export function ensureFile(path: string): void {
  try {
    makeDirectories(dirname(path), DIR_MODE);
    OwnedFd.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, FILE_MODE)[Symbol.dispose]();
  } catch (error) {
    throw openError("open log file", path, error);
  }
}

/** One place. */
class Place implements Disposable {
  readonly handle: PathHandle;
  readonly fifo: OutputFifo | undefined;

  constructor(handle: PathHandle, onNotice: OnNotice) {
    this.handle = handle;
    this.fifo = handle.isFifo ? new OutputFifo(handle, onNotice) : undefined;
  }

  openForContainer(): OwnedFd {
    return this.fifo?.openForContainer() ?? this.handle.openForContainer(O_WRONLY | O_APPEND);
  }

  openForCopy(): Sink {
    if (this.fifo) return new FdWriter(this.fifo.openForCopy());
    const fd = this.handle.open(O_WRONLY | O_APPEND | O_NONBLOCK);
    return this.handle.stat.isFile() ? new FileSink(fd) : new FdWriter(fd);
  }

  [Symbol.dispose](): void {
    this.fifo?.[Symbol.dispose]();
    this.handle[Symbol.dispose]();
  }
}

/** Fifos and files, by path. */
export class PathOutputs implements Outputs {
  readonly #onNotice: OnNotice;
  #stdout: Place | undefined;
  #stderr: Place | undefined;

  /** Looks at the paths, which must be there. Throws a HawserError that names the one that is not. */
  constructor(paths: OutputPaths, onNotice: OnNotice) {
    this.#onNotice = onNotice;
    try {
      this.#stdout = this.#open("stdout", paths.stdout);
      this.#stderr = this.#open("stderr", paths.stderr);
    } catch (error) {
      this.#dispose();
      throw error;
    }
  }

  #open(stream: string, path: string | undefined): Place | undefined {
    if (path === undefined) return undefined;
    let handle: PathHandle | undefined;
    try {
      handle = new PathHandle(path);
      const other = this.#stdout;
      if (!other?.handle.isSameAs(handle)) return new Place(handle, this.#onNotice);
      // One open file for both: with two, output to a device or over NFS would overwrite itself; and of one fifo we
      // must be one reader, or we would take ourselves for the client.
      handle[Symbol.dispose]();
      return other;
    } catch (error) {
      handle?.[Symbol.dispose]();
      throw openError(`open ${stream}`, path, error);
    }
  }

  openForContainer(): OutputFds {
    const stdout = openPlace("stdout", this.#stdout);
    try {
      const isSame = this.#stderr === this.#stdout;
      return { stdout, stderr: isSame ? stdout : openPlace("stderr", this.#stderr) };
    } catch (error) {
      stdout?.[Symbol.dispose]();
      throw error;
    }
  }

  openForCopy(): Sink | undefined {
    try {
      return this.#stdout?.openForCopy();
    } catch (error) {
      throw openError("open stdout", this.#stdout?.handle.path ?? "", error);
    }
  }

  async settled(): Promise<Drained> {
    const fifos = new Set([this.#stdout?.fifo, this.#stderr?.fifo]);
    const results: Drained[] = [];
    for (const fifo of fifos) {
      try {
        if (fifo) results.push(await fifo.settled());
      } catch (error) {
        this.#onNotice("ask whether a fifo was read: taking it for no, continuing", error);
        results.push("cut");
      }
    }
    return worst(results);
  }

  #dispose(): void {
    this.#stdout?.[Symbol.dispose]();
    this.#stderr?.[Symbol.dispose]();
    this.#stdout = undefined;
    this.#stderr = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#dispose();
  }
}

function openPlace(stream: string, place: Place | undefined): OwnedFd | undefined {
  try {
    return place?.openForContainer();
  } catch (error) {
    throw openError(`open ${stream}`, place?.handle.path ?? "", error);
  }
}
