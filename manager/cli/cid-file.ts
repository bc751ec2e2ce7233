// The file of --cidfile: made before the container, so that one that is there already is refused in time; filled with the id
// once there is one; and taken away when there never is.
import { type FileHandle, open, rm } from "node:fs/promises";
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";

/** A file for an id. */
export class CidFile implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  #isKept = false;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Makes it. Throws AlreadyExists, and InvalidArgument where no file can be made. */
  static async make(path: string): Promise<CidFile> {
    try {
      return new CidFile(path, await open(path, "wx", 0o644));
    } catch (error) {
      const flag = `--cidfile ${JSON.stringify(path)}`;
      if (isErrno(error, "EEXIST")) {
        const advice = "it may be another container's; remove it, or name another one";
        throw new HawserError(Code.AlreadyExists, `${flag}: the file is there already; ${advice}`);
      }
      const reason = `${flag}: make the file: ${messageOf(error)}; name another one`;
      throw new HawserError(Code.InvalidArgument, reason, { cause: error });
    }
  }

  /** Writes the id, without a newline, as docker does. Throws Internal when the disk does not take it. */
  async fill(id: string): Promise<void> {
    try {
      await this.#file.writeFile(id);
    } catch (error) {
      const flag = `--cidfile ${JSON.stringify(this.#path)}`;
      const reason = `${flag}: write the id: ${messageOf(error)}; name a file on another disk`;
      throw new HawserError(Code.Internal, reason, { cause: error });
    }
    this.#isKept = true;
  }

  /** Takes it away again at the end: there is no container. */
  drop(): void {
    this.#isKept = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close().catch(() => undefined);
    if (!this.#isKept) await rm(this.#path, { force: true }).catch(() => undefined);
  }
}
