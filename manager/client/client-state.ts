// What belongs to a client as a whole: the connection, the directory of its fifos (made when the first process wants one), and
// the handles that have something open. Ends in order: those who wait are told, handles close, work in the background is waited
// for, the directory goes, and the connection last.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Connection } from "./connection.ts";
import { StdioDirectory } from "./stdio/stdio-directory.ts";

/** The state of a client. Owns all of it. */
export class ClientState implements AsyncDisposable {
  readonly connection: Connection;
  /** What has something open; each takes itself out when it closes. */
  readonly handles = new Set<AsyncDisposable>();
  readonly #finishing = new Set<Promise<unknown>>();
  readonly #stdioDir: string;
  readonly #ending = new AbortController();
  #stdio: Promise<StdioDirectory> | undefined;

  /** Takes the connection. */
  constructor(connection: Connection, stdioDir: string) {
    this.connection = connection;
    this.#stdioDir = stdioDir;
  }

  /** Fires when the client closes. */
  get closed(): AbortSignal {
    return this.#ending.signal;
  }

  /** The directory of this client's fifos. */
  async stdioDirectory(): Promise<StdioDirectory> {
    this.closed.throwIfAborted();
    this.#stdio ??= StdioDirectory.create(this.#stdioDir);
    try {
      return await this.#stdio;
    } catch (caught) {
      // The next process may have more luck: a full disk, too few descriptors.
      this.#stdio = undefined;
      throw HawserError.from(caught).wrap(`make a directory for fifos below "${this.#stdioDir}"`);
    }
  }

  /** Takes work that nobody waits for, except the end of the client. It must not reject. */
  finish(work: Promise<unknown>): void {
    this.#finishing.add(work);
    void work.then(() => this.#finishing.delete(work));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed.aborted) return;
    this.#ending.abort(new HawserError(Code.Canceled, "the client was closed"));
    await Promise.all([...this.handles].map((handle) => handle[Symbol.asyncDispose]()));
    await Promise.all(this.#finishing);
    const stdio = await this.#stdio?.catch(() => undefined);
    await stdio?.[Symbol.asyncDispose]();
    this.connection[Symbol.dispose]();
  }
}
