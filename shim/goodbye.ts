// What `delete` says to a server that still lives: forget this container, and end if it was the last. Both are requests
// of the Task API that any shim answers, so the server may be older than we are.
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
    last = await tasks.delete({ id }, { signal });
  } catch {
    // it does not know it, or its process has not ended: then the exit record is what is left
  }
  try {
    // With another container left this does nothing.
    await tasks.shutdown({ id, now: false }, { signal });
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
