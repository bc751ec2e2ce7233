// What grpc-js has no option for and a manager cannot do without. It reaches into fields that are private in the types of
// grpc-js, and is alone in its file for that; each has a test in grpc-server.test.ts that fails when a version has them no more.
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream, ServerOptions } from "node:http2";
import type { Server } from "@grpc/grpc-js";

interface Internals {
  /** Options of every HTTP/2 server that is made from now on. */
  readonly commonServerOptions: ServerOptions & { streamResetBurst?: number; streamResetRate?: number };
  readonly http2Servers: ReadonlyMap<Http2Server, unknown>;
}

// nghttp2 ends a connection after 1000 calls that its client gave up on, at more than 33 a second, and with it every Wait and
// Subscribe there. Closing a content writer of containerd's client is giving up on its call.
const RESET_BURST = 100_000;
const RESETS_PER_SECOND = 10_000;

/** The longest that one timer of Node can wait: 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Lets clients give up on many calls. To be called before the first connection injector is made. */
export function allowResets(server: Server): void {
  const { commonServerOptions } = server as unknown as Internals;
  commonServerOptions.streamResetBurst = RESET_BURST;
  commonServerOptions.streamResetRate = RESETS_PER_SECOND;
}

/**
 * Leaves deadlines to the caller that are too far away for a timer: grpc-js takes them for past ones. To be called after the
 * last connection injector is made.
 */
export function leaveFarDeadlines(server: Server): void {
  for (const http2Server of (server as unknown as Internals).http2Servers.keys()) {
    http2Server.prependListener("stream", (_stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      if (timeoutMs(headers["grpc-timeout"]) > MAX_TIMER_MS) delete headers["grpc-timeout"];
    });
  }
}

function timeoutMs(header: string | string[] | undefined): number {
  const [, amount, unit] = /^(\d{1,8})([HMSmun])$/.exec(String(header)) ?? [];
  return unit === undefined ? 0 : Number(amount) * (MS_PER_UNIT[unit] ?? 0);
}
