// The token of `hawser web`, kept in a file of its user so that it is the same after a restart, and pages that are open go on.
// Always true: nobody else can read the file; one that others could have read or written is refused, not used.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Code, HawserError, isErrno } from "../../proto/errors.ts";

const TOKEN_BYTES = 32;
const FILE = "web.key";
/** Any access for group or others, of stat(2). */
const OTHERS = 0o077;

/** Where the token of a hawserd is: with its sockets for root, with the user's own otherwise. */
export function webKeyPath(stateDir: string, env: NodeJS.ProcessEnv): string {
  if (process.geteuid?.() === 0) return join(stateDir, FILE);
  return join(env["XDG_RUNTIME_DIR"] || env["HOME"] || "/nonexistent", ".hawser", FILE);
}

/** The token of the file, which is made when it is not there. Throws FailedPrecondition for one that is not ours alone. */
export function loadWebKey(path: string, { isNew = false } = {}): string {
  if (isNew) remove(path);
  return read(path) ?? make(path) ?? read(path) ?? refuse(path, "it comes and goes");
}

function read(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    if (isErrno(error, "ELOOP")) return refuse(path, "it is a symbolic link");
    throw HawserError.from(error).wrap(`read the token "${path}"`);
  }
  try {
    const { mode, uid } = fstatSync(fd);
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) refuse(path, "it is not a file");
    if (uid !== process.geteuid?.()) refuse(path, `it belongs to user ${uid}`);
    if ((mode & OTHERS) !== 0) refuse(path, `others may use it (mode 0${(mode & 0o777).toString(8)})`);
    const token = readFileSync(fd, "utf8").trim();
    return /^[\w-]{43}$/.test(token) ? token : refuse(path, "it is no token");
  } finally {
    closeSync(fd);
  }
}

// Undefined when another one was faster.
function make(path: string): string | undefined {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      writeSync(fd, `${token}\n`);
    } finally {
      closeSync(fd);
    }
    return token;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return undefined;
    throw HawserError.from(error).wrap(`make the token "${path}"`);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw HawserError.from(error).wrap(`remove the token "${path}"`);
  }
}

function refuse(path: string, flaw: string): never {
  throw new HawserError(
    Code.FailedPrecondition,
    `read the token "${path}": ${flaw}; remove it, and a new one is made`,
  );
}
