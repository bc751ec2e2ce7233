// A root file system that needs no network: the host's static busybox with a link for each of its applets. Enough for a
// first container, a demonstration and tests. The one list of what is in it, for a directory and for an image's layer.
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Code, HawserError } from "../../proto/errors.ts";

const run = promisify(execFile);

/** Debian's busybox-static installs here; the ordinary busybox package does, too, and does not run inside a container. */
const BUSYBOX = "/bin/busybox";

/** Folders that programs and the OCI runtime expect to find; parents first. */
const FOLDERS = ["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "usr/bin", "var"];

const FILES: readonly (readonly [string, string])[] = [
  ["etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n"],
  ["etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n"],
];

/** Something in it; paths are relative. Everything belongs to root. */
export type BusyboxEntry =
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly content: Buffer }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string };

/**
 * What is in it, parents first, in the same order every time. Throws FailedPrecondition, saying what to install, when the host
 * has no busybox or one that cannot run without the host's libraries.
 */
export async function busyboxEntries(): Promise<BusyboxEntry[]> {
  const applets = await listApplets();
  const program = await readFile(BUSYBOX);
  if (!isStatic(program)) throw missing("it is not statically linked");
  const directories = FOLDERS.map(
    (path) => ({ kind: "directory", path, mode: path === "tmp" ? 0o1777 : 0o755 }) as const,
  );
  const files = FILES.map(
    ([path, text]) => ({ kind: "file", path, mode: 0o644, content: Buffer.from(text) }) as const,
  );
  const links = applets
    .filter((applet) => applet !== "busybox")
    .map((applet) => ({ kind: "symlink", path: `bin/${applet}`, target: "busybox" }) as const);
  return [
    ...directories,
    { kind: "file", path: "bin/busybox", mode: 0o755, content: program },
    ...links,
    ...files,
  ];
}

/** Fills an empty directory. Throws as {@link busyboxEntries} does. */
export async function writeBusyboxRootfs(rootDir: string): Promise<void> {
  for (const entry of await busyboxEntries()) {
    const path = join(rootDir, entry.path);
    if (entry.kind === "directory") await mkdir(path, { recursive: true });
    else if (entry.kind === "symlink") await symlink(entry.target, path);
    else await writeFile(path, entry.content);
    // Not left to the umask.
    if (entry.kind !== "symlink") await chmod(path, entry.mode);
  }
}

async function listApplets(): Promise<string[]> {
  try {
    const { stdout } = await run(BUSYBOX, ["--list"]);
    return stdout.split("\n").filter((applet) => /^[\w.[-]+$/.test(applet));
  } catch (cause) {
    throw missing("it does not run", cause);
  }
}

const PT_INTERP = 3;

/** Whether a 64-bit ELF program asks for no interpreter, which is what loads libraries: elf(5). */
function isStatic(program: Buffer): boolean {
  const is64Bit = program.toString("latin1", 0, 4) === "\x7fELF" && program[4] === 2;
  const isLittleEndian = program[5] === 1;
  if (!is64Bit || !isLittleEndian || program.length < 64) return false;
  const tableAt = Number(program.readBigUInt64LE(32));
  const entryBytes = program.readUInt16LE(54);
  for (let at = 0; at < program.readUInt16LE(56); at++) {
    const header = tableAt + at * entryBytes;
    if (header + 4 > program.length || program.readUInt32LE(header) === PT_INTERP) return false;
  }
  return true;
}

function missing(reason: string, cause?: unknown): HawserError {
  const message = `make busybox root file system from ${BUSYBOX}: ${reason}; install the package busybox-static`;
  return new HawserError(Code.FailedPrecondition, message, { cause });
}
