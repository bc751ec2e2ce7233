// Where an archive goes: a file, which is there whole or not at all, or standard output when that is no terminal.
import { open, rename, rm, stat } from "node:fs/promises";
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";
import type { Output } from "./output.ts";

/** Throws InvalidArgument when an archive would be written to a terminal. Before there is anything to write. */
export function checkTarget(path: string | undefined, out: Output): void {
  if ((path !== undefined && path !== "-") || !out.isTerminal) return;
  const advice = "name a file with -o, or lead it away with >";
  throw new HawserError(Code.InvalidArgument, `write archive: standard output is a terminal; ${advice}`);
}

/** Writes it. A file that was there is replaced at the end; what fails leaves it as it was. */
export async function writeArchive(
  path: string | undefined,
  out: Output,
  archive: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (path === undefined || path === "-") {
    for await (const bytes of archive) await out.write(bytes);
    return;
  }
  const isReplaced = await isFileOrNothing(path);
  const beside = isReplaced ? `${path}.${process.pid}.new` : path;
  try {
    await writeFile(beside, archive);
    if (isReplaced) await rename(beside, path);
  } catch (caught) {
    if (isReplaced) await rm(beside, { force: true });
    if (caught instanceof HawserError) throw caught;
    throw new HawserError(Code.FailedPrecondition, `write archive "${path}": ${messageOf(caught)}`, {
      cause: caught,
    });
  }
}

// A pipe or a device is written as it is.
async function isFileOrNothing(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return true;
    throw new HawserError(Code.InvalidArgument, `write archive "${path}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function writeFile(path: string, archive: AsyncIterable<Uint8Array>): Promise<void> {
  await using file = await open(path, "w", 0o600);
  for await (const bytes of archive) await file.writeFile(bytes);
}
