// Which part of a log somebody wants, checked. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import type { ReadLogRequest } from "../../proto/gen/logs.ts";
import { validateId } from "../../proto/identifiers.ts";
import { toNanoseconds } from "../../proto/timestamp.ts";

/** Which part. Times are nanoseconds since 1970. */
export interface LogQuery {
  readonly isFollowing: boolean;
  /** At most so many lines from the end; undefined: all. */
  readonly tailLines: number | undefined;
  /** Not before. */
  readonly since: bigint | undefined;
  /** Before. */
  readonly until: bigint | undefined;
  /** From this place of the output on. */
  readonly fromOffset: bigint | undefined;
  readonly streams: ReadonlySet<1 | 2>;
}

/** Whose log. */
export interface LogName {
  readonly namespace: string;
  readonly containerId: string;
  /** Empty: init. */
  readonly execId: string;
}

const STREAMS = new Map<string, 1 | 2>([
  ["stdout", 1],
  ["stderr", 2],
]);

/** Whose log a request is about. Throws InvalidArgument. */
export function logNameOf(namespace: string, { containerId, execId }: ReadLogRequest): LogName {
  validateId("container", containerId);
  if (execId !== "") validateId("exec", execId);
  return { namespace, containerId, execId };
}

/** What a request asks for. Throws InvalidArgument for what can be no part of a log. */
export function logQueryOf(request: ReadLogRequest): LogQuery {
  const { follow, hasTail, tailLines, hasFromOffset, fromOffset, streams } = request;
  const refuse = (complaint: string): never => {
    throw new HawserError(
      Code.InvalidArgument,
      `read log of container "${request.containerId}": ${complaint}`,
    );
  };
  if (hasTail && hasFromOffset)
    refuse("the last lines and a place to begin were asked for; one of them says it");
  const wanted = new Set<1 | 2>();
  for (const name of streams) {
    wanted.add(STREAMS.get(name) ?? refuse(`"${name}" is no stream; there are stdout and stderr`));
  }
  const since = toNanoseconds(request.since);
  const until = toNanoseconds(request.until);
  if (since !== undefined && until !== undefined && until <= since) {
    refuse("nothing can be since a time and until one that is not later");
  }
  return {
    isFollowing: follow,
    // More lines than a number can count are all of them.
    tailLines: hasTail ? Number(tailLines) : undefined,
    since,
    until,
    fromOffset: hasFromOffset ? fromOffset : undefined,
    streams: wanted.size === 0 ? new Set(STREAMS.values()) : wanted,
  };
}
