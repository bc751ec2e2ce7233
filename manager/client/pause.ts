// A moment between two attempts; never a way to wait for something.
import { HawserError } from "../../proto/errors.ts";

/** Resolves after `ms`, or rejects with the reason of `signal`, also when it has fired before. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // A reason that says "unavailable" looks like a daemon that was away: this is where who asks again finds out.
  if (signal.aborted) throw HawserError.from(signal.reason);
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(HawserError.from(signal.reason));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
