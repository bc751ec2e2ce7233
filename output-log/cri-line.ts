// A line of a log in the format of Kubernetes' CRI: `<time> <stream> <F|P> <text>\n`. P is a line, or a piece of one, that goes on or
// was never ended; F is the end of one, or all of it. Pure.
// https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
import type { OutputLine } from "./line-reader.ts";

/** The line, with its newline, in pieces to be written one behind the other. */
export function criLine({ time, stream, bytes, isPartial }: OutputLine): Uint8Array[] {
  const header = Buffer.from(
    `${timeText(time)} ${stream === 1 ? "stdout" : "stderr"} ${isPartial ? "P" : "F"} `,
  );
  return isPartial ? [header, bytes, NEWLINE] : [header, bytes];
}

const NEWLINE = Buffer.from("\n");

// Most lines were read with the one before.
let latest: { readonly time: bigint; readonly text: string } | undefined;

/** RFC 3339 in UTC with nine digits of a second; `time` is nanoseconds since 1970. */
export function timeText(time: bigint): string {
  if (latest?.time === time) return latest.text;
  const seconds = new Date(Number(time / 1_000_000n)).toISOString().slice(0, 19);
  const text = `${seconds}.${String(time % 1_000_000_000n).padStart(9, "0")}Z`;
  latest = { time, text };
  return text;
}
