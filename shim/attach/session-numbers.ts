// Numbers of sessions: each is given once, in the life of this shim and, but for a chance of one in 2^40, of any other. A client
// that comes back to another shim of the same container must not be taken for one of its sessions.
import { readFileSync } from "node:fs";

/** Counts from a random number of the kernel on. */
export class SessionNumbers {
  #last: bigint | undefined;

  next(): bigint {
    this.#last = (this.#last ?? firstNumber()) + 1n;
    return this.#last;
  }
}

function firstNumber(): bigint {
  const uuid = readFileSync("/proc/sys/kernel/random/uuid", "latin1").replaceAll("-", "");
  return BigInt(`0x${uuid.slice(0, 10)}00`);
}
