// How a client comes to its socket: by an address, or by a descriptor that is connected already. Knows no frames.
import type { Socket } from "node:net";
import { Code, HawserError } from "../proto/errors.ts";
import { type Address, formatAddress, parseAddress, socketPath } from "./address.ts";
import { ScratchSocket } from "./scratch-socket.ts";

/**
 * Connects to an address. Throws InvalidArgument for one that is none, Unavailable with the system's error as cause when
 * nobody listens, Canceled when `signal` fires.
 */
export async function connectSocket(
  address: string | Address,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const target = typeof address === "string" ? parseAddress(address) : address;
  const name = formatAddress(target);
  if (signal?.aborted) throw HawserError.from(signal.reason).wrap(`connect to ${name}`);
  const socket = new ScratchSocket().connect({ path: socketPath(target) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(HawserError.from(signal?.reason).wrap(`connect to ${name}`));
  const onError = (cause: Error): void => {
    reject(new HawserError(Code.Unavailable, `connect to ${name}: ${cause.message}`, { cause }));
  };
  socket.once("connect", resolve).once("error", onError);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    socket.off("error", onError).off("connect", resolve);
    signal?.removeEventListener("abort", onAbort);
  }
  return socket;
}

/** A connected socket by its descriptor, which the socket then owns. */
export function socketFromFd(fd: number): Socket {
  return new ScratchSocket({ fd, readable: true, writable: true });
}
