// Whether somebody still reads what goes into a pipe. Who writes is told by the write; who waits for something to write would wait
// for ever: `hawser events | head -1`.
import { fstatSync } from "node:fs";
import { pollFd } from "../../sys/libc.ts";

/** Calls once when the last reader of a pipe has gone. Does nothing for what is no pipe, and keeps no process alive. */
export function onReaderGone(fd: number, callback: () => void): void {
  if (!fstatSync(fd).isFIFO()) return;
  const poll = pollFd(fd, { disconnect: true }, () => {
    poll.close();
    callback();
  });
  poll.unref();
}
