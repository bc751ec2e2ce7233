// What `delete` says to a server that still lives: forget this container, and end if it was the last. All are requests of
// the Task API that any shim answers, so the server may be older than we are.
// Always true: a server that does not know the container is told to end only if it was started for that very one. In a
// group it may have been started a moment ago for another member, whose Create is still on its way.
import { readFileSync } from "node:fs";
import { isErrno } from "../proto/errors.ts";
import { DeleteResponse, Task } from "../proto/gen/task.ts";
import { Client, isConnectionClosed } from "../ttrpc/index.ts";

/** What connecting says when the server has ended since it was seen alive. */
const GONE = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"];

/**
 * The server's own DeleteResponse, encoded; undefined when it does not know the container, does not say, or has ended
 * meanwhile, as it does right after the Shutdown that precedes most deletes.
 */
export async function sayGoodbye(
  socketPath: string,
  id: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  await using client = await connectIfThere(socketPath, signal);
  if (client === undefined) return undefined;
  const tasks = client.service(Task);
  let last: DeleteResponse | undefined;
  try {
    // The runtime has just killed it; the server tells of its exit in its own time, and refuses to delete before.
    await tasks.wait({ id }, { signal });
    last = await tasks.delete({ id }, { signal });
  } catch {
    // it does not know it, or its process has not ended: then the exit record is what is left
  }
  try {
    const isItsOwn =
      last !== undefined || wasStartedFor((await tasks.connect({ id }, { signal })).shimPid, id);
    // With another container left this does nothing.
    if (isItsOwn) await tasks.shutdown({ id, now: false }, { signal });
  } catch (caught) {
    if (!isConnectionClosed(caught)) throw caught;
  }
  return last?.exitedAt && DeleteResponse.encode(last);
}

async function connectIfThere(socketPath: string, signal: AbortSignal): Promise<Client | undefined> {
  try {
    return await Client.connect(`unix://${socketPath}`, { signal });
  } catch (caught) {
    if (GONE.some((errno) => isErrno(caught, errno))) return undefined;
    throw caught;
  }
}

/** Whether the command line of a shim says so. */
function wasStartedFor(pid: number, id: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words.some((word, at) => /^--?id$/.test(word) && words[at + 1] === id);
  } catch {
    return false;
  }
}
