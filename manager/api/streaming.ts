// The Streaming service: opens streams that other calls use, such as Transfer. The call lasts as long as its stream.
import { is, pack, unpack } from "../../proto/any.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import { Empty } from "../../proto/gen/empty.ts";
import { StreamInit, Streaming } from "../../proto/gen/streaming.ts";
import type { MessageStreams } from "../images/message-streams.ts";
import { type ApiService, apiService, type CallContext } from "./api-service.ts";

/** The Streaming service on a table of streams. */
export function streamingApi(streams: MessageStreams): ApiService {
  return apiService(
    Streaming,
    { stream: (messages, context) => serve(streams, messages, context) },
    { openEnded: ["stream"] },
  );
}

async function* serve(
  streams: MessageStreams,
  messages: AsyncIterable<Any>,
  { namespace, signal }: CallContext,
): AsyncGenerator<Any, void, undefined> {
  const incoming = messages[Symbol.asyncIterator]();
  const first = await incoming.next();
  if (first.done === true || !is(first.value, StreamInit)) {
    const sent = first.done === true ? "nothing" : `"${first.value.typeUrl.slice(0, 200)}"`;
    throw new HawserError(
      Code.InvalidArgument,
      `open stream: the first message is ${sent}, expected StreamInit`,
    );
  }
  const { id } = unpack(first.value, StreamInit);
  const stream = streams.add(namespace, id, { incoming, signal });
  try {
    // From this answer on the name may be used.
    yield pack(Empty, {});
    yield* stream.outgoing();
  } finally {
    streams.remove(namespace, id);
  }
}
