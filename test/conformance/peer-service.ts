// The conformance service in TypeScript: the same methods with the same meaning as the Go peer's.
import { codec, NO_BYTES, readBytes, writeString } from "../../proto/codec-runtime.ts";
import {
  type CallContext,
  type Codec,
  codeName,
  HawserError,
  type ServiceDefinition,
  type ServiceHandlers,
} from "../../ttrpc/index.ts";

interface Text {
  value: string;
}

const Text: Codec<Text> = codec<Text>({
  typeName: "google.protobuf.StringValue",
  create: (init) => ({ value: init.value ?? "" }),
  write(message, writer) {
    if (message.value) writeString(writer, 10, message.value);
  },
  field(message, tag, reader) {
    if (tag !== 10) return false;
    message.value = reader.string();
    return true;
  },
});

interface Bytes {
  value: Uint8Array;
}

const Bytes: Codec<Bytes> = codec<Bytes>({
  typeName: "google.protobuf.BytesValue",
  create: (init) => ({ value: init.value ?? NO_BYTES }),
  write(message, writer) {
    if (message.value?.length) writer.uint32(10).bytes(message.value);
  },
  field(message, tag, reader) {
    if (tag !== 10) return false;
    message.value = readBytes(reader);
    return true;
  },
});

const text = { request: Text, response: Text };

export const PeerService = {
  name: "hawser.conformance.Peer",
  methods: {
    echo: { name: "Echo", kind: "unary", ...text },
    inspect: { name: "Inspect", kind: "unary", ...text },
    fail: { name: "Fail", kind: "unary", ...text },
    failPlainly: { name: "FailPlainly", kind: "unary", ...text },
    big: { name: "Big", kind: "unary", request: Text, response: Bytes },
    size: { name: "Size", kind: "unary", request: Bytes, response: Text },
    hang: { name: "Hang", kind: "unary", ...text },
    seen: { name: "Seen", kind: "unary", ...text },
    nothing: { name: "Nothing", kind: "unary", ...text },
    hangUp: { name: "Hang up", kind: "unary", ...text },
    count: { name: "Count", kind: "server-streaming", ...text },
    sum: { name: "Sum", kind: "client-streaming", ...text },
    chat: { name: "Chat", kind: "bidirectional", ...text },
    sumFirst: { name: "SumFirst", kind: "client-streaming", ...text },
    chatFail: { name: "ChatFail", kind: "bidirectional", ...text },
    bigStream: { name: "BigStream", kind: "server-streaming", request: Text, response: Bytes },
    hangStream: { name: "HangStream", kind: "bidirectional", ...text },
    /** What a peer that does not know better is asked for. */
    missing: { name: "NoSuchMethod", kind: "unary", ...text },
    missingStream: { name: "NoSuchStream", kind: "bidirectional", ...text },
  },
} as const satisfies ServiceDefinition;

/** What handlers noticed that their caller was not told, by name. */
export class Notes {
  readonly #notes = new Map<string, string>();
  readonly #waiting = new Map<string, (note: string) => void>();

  set(name: string, note: string): void {
    this.#notes.set(name, note);
    this.#waiting.get(name)?.(note);
    this.#waiting.delete(name);
  }

  /** Resolves with a note as soon as it is there. */
  get(name: string): Promise<string> {
    const note = this.#notes.get(name);
    if (note !== undefined) return Promise.resolve(note);
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.set(name, resolve);
    return promise;
  }
}

/** The error that a text of the form CODE|MESSAGE|DETAIL describes; without a detail when that is empty. */
export function describedError(description: string): HawserError {
  const [code, message = "", detail = ""] = description.split("|");
  const value = new TextEncoder().encode(detail);
  return new HawserError(Number(code) as HawserError["code"], message, {
    details: detail === "" ? [] : [{ typeUrl: "hawser.conformance.Detail", value }],
  });
}

/** Waits until nobody waits for the answer, and tells why. */
async function whyNobodyWaits({ signal }: CallContext): Promise<string> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  return codeName(HawserError.from(signal.reason).code);
}

/** Handlers like the Go peer's. `hangUp` ends all connections of the server. */
export function handlers(notes: Notes, hangUp: () => void): ServiceHandlers<typeof PeerService> {
  return {
    echo: ({ value }) => ({ value }),
    inspect: (_, context) => ({
      value: JSON.stringify({ metadata: [...context.metadata], remainingMs: context.remainingMs }),
    }),
    fail: ({ value }) => {
      throw describedError(value);
    },
    big: ({ value }) => ({ value: new Uint8Array(Number(value)) }),
    size: ({ value }) => ({ value: String(value.length) }),
    async hang({ value }, context) {
      notes.set(`${value} started`, "yes");
      notes.set(value, await whyNobodyWaits(context));
      return {};
    },
    seen: async ({ value }) => ({ value: await notes.get(value) }),
    hangUp: () => {
      hangUp();
      return {};
    },
    async *count({ value }) {
      const [count, ending] = value.split(/:(.*)/s);
      for (let number = 0; number < Number(count); number++) yield { value: String(number) };
      if (ending !== undefined) throw describedError(ending);
    },
    async sum(numbers) {
      let [count, sum] = [0, 0];
      for await (const { value } of numbers) {
        count++;
        sum += Number(value);
      }
      return { value: `${count} ${sum}` };
    },
    async *chat(messages) {
      let count = 0;
      for await (const message of messages) {
        count++;
        yield message;
      }
      notes.set("chat", `${count} messages`);
    },
    sumFirst: async (messages) => (await messages.receive()) ?? {},
    // biome-ignore lint/correctness/useYield: a stream that fails before it has sent anything is the point.
    async *chatFail(messages) {
      const message = await messages.receive();
      throw describedError(message?.value ?? "");
    },
    // biome-ignore lint/correctness/useYield: it waits, and then there is nobody to send to.
    async *hangStream(messages, context) {
      const first = await messages.receive();
      const name = first?.value ?? "";
      notes.set(`${name} started`, "yes");
      notes.set(name, await whyNobodyWaits(context));
    },
  };
}
