// What a manager writes to our standard input, for `start` and `-info`: read to its end, synchronously, and bounded.
import { readSync } from "node:fs";
import { Code, HawserError, isErrno, messageOf } from "../proto/errors.ts";
import { MAX_INPUT_BYTES } from "./bootstrap.ts";

const CHUNK_BYTES = 64 * 1024;

/**
 * Reads the descriptor to its end; a closed one has nothing. Of what is longer than MAX_INPUT_BYTES it answers a part that
 * is longer, too, so that whoever parses it refuses it. Throws the system's error, wrapped.
 */
export function readInput(fd: number): Uint8Array {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= MAX_INPUT_BYTES) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let got: number;
    try {
      got = readSync(fd, chunk);
    } catch (caught) {
      // Nobody gave us one.
      if (isErrno(caught, "EBADF")) return Buffer.alloc(0);
      const reason = messageOf(caught);
      throw new HawserError(Code.Unknown, `read input: ${reason}`, { cause: caught });
    }
    if (got === 0) break;
    chunks.push(chunk.subarray(0, got));
    sizeBytes += got;
  }
  return Buffer.concat(chunks);
}
