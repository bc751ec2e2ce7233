// A root file system that needs no network: the host's static busybox with a link for each of its applets. Enough for a
// first container, a demonstration and tests.
import { execFile } from "node:child_process";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Code, HawserError } from "../../proto/errors.ts";

const run = promisify(execFile);

/** Debian's busybox-static installs here; the ordinary busybox package does, too, and does not run inside a container. */
const BUSYBOX = "/bin/busybox";

/** Folders that programs and the OCI runtime expect to find. */
const FOLDERS = ["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "var", "usr/bin"];

/**
 * Fills an empty directory. Throws FailedPrecondition, saying what to install, when the host has no busybox or one that
 * cannot run without the host's libraries.
 */
export async function writeBusyboxRootfs(rootDir: string): Promise<void> {
  const applets = await listApplets();
  for (const folder of FOLDERS) await mkdir(join(rootDir, folder), { recursive: true });
  const shell = join(rootDir, "bin", "busybox");
  await copyFile(BUSYBOX, shell);
  await requireStatic(rootDir);
  await Promise.all(
    applets
      .filter((applet) => applet !== "busybox")
      .map((applet) => symlink("busybox", join(rootDir, "bin", applet))),
  );
  await writeFile(join(rootDir, "etc", "passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  await writeFile(join(rootDir, "etc", "group"), "root:x:0:\ntty:x:5:\n");
}

async function listApplets(): Promise<string[]> {
  try {
    const { stdout } = await run(BUSYBOX, ["--list"]);
    return stdout.split("\n").filter((applet) => /^[\w.[-]+$/.test(applet));
  } catch (cause) {
    throw missing("it does not run", cause);
  }
}

/** A copy that runs in a root without libraries is static. */
async function requireStatic(rootDir: string): Promise<void> {
  try {
    await run("chroot", [rootDir, "/bin/busybox", "true"]);
  } catch (cause) {
    throw missing("it is not statically linked", cause);
  }
}

function missing(reason: string, cause: unknown): HawserError {
  const message = `make busybox root file system from ${BUSYBOX}: ${reason}; install the package busybox-static`;
  return new HawserError(Code.FailedPrecondition, message, { cause });
}
