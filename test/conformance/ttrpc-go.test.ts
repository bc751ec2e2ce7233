// ttrpc against containerd's own Go library, both ways round: our client with a Go server, a Go client with our server.
// What is asserted is what both ends saw. The versions are those that containerd ships: see `versions`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  Client,
  type ClientOptions,
  Code,
  isConnectionClosed,
  Server,
  type ServiceClient,
} from "../../ttrpc/index.ts";
import { buildPeer, GoServer, type PeerVersion, play, versions } from "./go-peer.ts";
import { handlers, Notes, PeerService } from "./peer-service.ts";

const MANY = 10_000;
const SUM = (MANY * (MANY - 1)) / 2;
/** A message whose Response is the largest that is legal: a tag and four bytes of length, twice, stand in front. */
const LARGEST = 4 * 1024 * 1024 - 10;
const OVERSIZED = 5 * 1024 * 1024;

/** A directory for sockets, gone at the end; descriptors that a test left open fail the suite. */
function sockets(): () => string {
  let directory = "";
  let descriptors = 0;
  let sequence = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "hawser-ttrpc-"));
    descriptors = await openDescriptors();
  });
  after(async () => {
    await rm(directory, { recursive: true });
    assert.equal(await openDescriptors(), descriptors, "descriptors were left open");
  });
  return () => join(directory, String(sequence++));
}

async function openDescriptors(): Promise<number> {
  // What has been closed a moment ago is gone in the next turn of the loop.
  await new Promise((resolve) => setImmediate(resolve));
  return (await readdir("/proc/self/fd")).length;
}

for (const peer of versions) {
  describe(`our client and a Go server with ttrpc ${peer.version}`, () => {
    let program = "";
    const nextSocket = sockets();
    before(async () => {
      program = await buildPeer(peer);
    });

    /** Runs a test with a server and a connection of its own. */
    const serverTest = (name: string, body: (go: GoFixture) => Promise<void>): void => {
      test(name, { timeout: 60_000 }, async () => {
        const socketPath = nextSocket();
        await using server = await GoServer.start(program, socketPath);
        await using client = await Client.connect(socketPath);
        const go: GoFixture = { server, client, calls: client.service(PeerService), socketPath };
        await body(go);
      });
    };

    unaryTestsOfOurClient(serverTest, peer);
    if (peer.hasStreams) streamTestsOfOurClient(serverTest, peer);
  });

  describe(`a Go client with ttrpc ${peer.version} and our server`, () => {
    let program = "";
    const nextSocket = sockets();
    before(async () => {
      program = await buildPeer(peer);
    });

    /** Plays a scenario of the Go client against a server of its own and hands both ends' facts to `body`. */
    const clientTest = (
      scenario: string,
      expectation: string,
      body: (ours: OurFixture) => Promise<void> | void,
    ) => {
      test(`${scenario}: ${expectation}`, { timeout: 60_000 }, async () => {
        const notes = new Notes();
        const socketPath = nextSocket();
        let hangUp = (): void => undefined;
        await using server = new Server({ inbound: { whenFull: "pause" } });
        server.register(
          PeerService,
          handlers(notes, () => hangUp()),
        );
        hangUp = () => void server.close();
        await server.listen(socketPath);
        await body({ server, notes, facts: await play(program, socketPath, scenario) });
      });
    };

    unaryTestsOfOurServer(clientTest, peer);
    if (peer.hasStreams) streamTestsOfOurServer(clientTest);
  });
}

interface GoFixture {
  readonly server: GoServer;
  readonly client: Client;
  readonly calls: ServiceClient<typeof PeerService>;
  readonly socketPath: string;
}

type ServerTest = (name: string, body: (go: GoFixture) => Promise<void>) => void;

async function survives({ calls }: GoFixture): Promise<void> {
  assert.equal((await calls.echo({ value: "still there" })).value, "still there");
}

/** What the Go server noted, asked on a connection of its own. */
async function noted({ socketPath }: GoFixture, name: string, options: ClientOptions = {}): Promise<string> {
  await using client = await Client.connect(socketPath, options);
  return (await client.service(PeerService).seen({ value: name }, { timeoutMs: 10_000 })).value;
}

function unaryTestsOfOurClient(serverTest: ServerTest, peer: PeerVersion): void {
  serverTest("a unary call brings its answer, an empty message included", async ({ calls }) => {
    assert.equal((await calls.echo({ value: "héllo" })).value, "héllo");
    assert.equal((await calls.echo({})).value, "");
  });

  serverTest("the handler sees metadata in order and the deadline", async ({ calls }) => {
    const metadata = [
      ["Containerd-Namespace-Ttrpc", "k8s.io"],
      ["many", "one"],
      ["many", "two"],
    ] as const;
    const { value } = await calls.inspect({}, { metadata, timeoutMs: 20_000 });
    const { metadata: there, remainingMs } = JSON.parse(value);
    assert.deepEqual(there, { "containerd-namespace-ttrpc": ["k8s.io"], many: ["one", "two"] });
    assert.ok(remainingMs > 10_000 && remainingMs <= 20_000, `${remainingMs} ms`);
    assert.deepEqual(JSON.parse((await calls.inspect({})).value), { metadata: null });
  });

  serverTest("a status comes with code, message and details", async (go) => {
    const error = await failure(go.calls.fail({ value: '5|container "x": not found|because' }));
    assert.equal(error.code, Code.NotFound);
    assert.equal(error.message, 'container "x": not found');
    assert.deepEqual(
      error.details.map(({ typeUrl, value }) => [typeUrl, Buffer.from(value).toString()]),
      [["hawser.conformance.Detail", "because"]],
    );
    await survives(go);
  });

  for (const [kind, code] of [
    ["end of file", Code.OutOfRange],
    ["invalid", Code.InvalidArgument],
    ["no such file", Code.NotFound],
    ["wrapped no such file", Code.Unknown],
    ["canceled", Code.Canceled],
    ["something else", Code.Unknown],
  ] as const) {
    serverTest(`the Go error "${kind}" is the code ${code}`, async ({ calls }) => {
      assert.equal((await failure(calls.failPlainly({ value: kind }))).code, code);
    });
  }

  serverTest("a handler's nil answer is an error", async (go) => {
    assert.equal((await failure(go.calls.nothing({}))).code, Code.Unknown);
    await survives(go);
  });

  serverTest("an unknown method is Unimplemented", async (go) => {
    const error = await failure(go.calls.missing({}));
    assert.equal(error.code, Code.Unimplemented);
    await survives(go);
  });

  serverTest("an unknown service is Unimplemented", async (go) => {
    const stranger = go.client.service({ ...PeerService, name: "no.such.Service" });
    assert.equal((await failure(stranger.echo({}))).code, Code.Unimplemented);
    await survives(go);
  });

  serverTest("a deadline ends the call at both ends", async (go) => {
    const error = await failure(go.calls.hang({ value: "deadline" }, { timeoutMs: 100 }));
    assert.equal(error.code, Code.DeadlineExceeded);
    assert.equal((await go.calls.seen({ value: "deadline" })).value, "context deadline exceeded");
    await survives(go);
  });

  serverTest("the server learns of a canceled call only when the connection ends", async (go) => {
    const controller = new AbortController();
    const canceled = failure(go.calls.hang({ value: "cancel" }, { signal: controller.signal }));
    await go.calls.seen({ value: "cancel started" });
    controller.abort();
    assert.equal((await canceled).code, Code.Canceled);
    await survives(go);
    const unknown = await failure(go.calls.seen({ value: "cancel" }, { timeoutMs: 50 }));
    assert.equal(unknown.code, Code.DeadlineExceeded, "the handler hangs on");
    go.client.close();
    assert.equal(await noted(go, "cancel"), "context canceled");
  });

  serverTest("a request over the limit is refused before it is sent", async (go) => {
    const error = await failure(go.calls.size({ value: new Uint8Array(OVERSIZED) }));
    assert.equal(error.code, Code.ResourceExhausted);
    await survives(go);
  });

  serverTest("the largest message passes both ways", async ({ calls }) => {
    assert.equal((await calls.big({ value: String(LARGEST) })).value.length, LARGEST);
    // A Request also holds the names of service and method.
    assert.equal((await calls.size({ value: new Uint8Array(LARGEST - 64) })).value, String(LARGEST - 64));
  });

  serverTest("an oversized frame is discarded and refused by the server", async (go) => {
    await using raw = await RawConnection.open(go.socketPath);
    raw.send(frameHeader(OVERSIZED, 1, 1, 0), Buffer.alloc(OVERSIZED));
    const { type, streamId, body } = await raw.frame();
    assert.deepEqual({ type, streamId }, { type: 2, streamId: 1 });
    assert.match(body.toString("latin1"), /message length 5242880 exceed maximum message size of 4194304/);
  });

  if (peer.hasStreams) {
    serverTest("an answer over the limit costs the connection", async (go) => {
      const bystander = failure(go.calls.hang({ value: "bystander" }));
      await go.calls.seen({ value: "bystander started" });
      const error = await failure(go.calls.big({ value: String(OVERSIZED) }));
      assert.ok(isConnectionClosed(error), `${error}`);
      assert.ok(isConnectionClosed(await bystander));
      assert.ok(go.server.isRunning);
      assert.equal(await noted(go, "bystander"), "context canceled");
    });
  } else {
    serverTest("an answer over the limit comes, is discarded, and fails its call alone", async (go) => {
      const error = await failure(go.calls.big({ value: String(OVERSIZED) }));
      assert.equal(error.code, Code.ResourceExhausted);
      await survives(go);
    });
  }

  serverTest("6,400 calls, 64 at a time, each get their own answer", async ({ calls }) => {
    const worker = async (_: unknown, index: number): Promise<void> => {
      for (let round = 0; round < 100; round++) {
        const value = `${index}/${round}`;
        assert.equal((await calls.echo({ value })).value, value);
      }
    };
    await Promise.all(Array.from({ length: 64 }, worker));
  });

  serverTest("a server that dies fails what is in flight and what comes later, once", async (go) => {
    const inFlight = failure(go.calls.hang({ value: "death" }));
    await go.calls.seen({ value: "death started" });
    await go.server.kill();
    assert.ok(isConnectionClosed(await inFlight));
    assert.ok(isConnectionClosed(await go.client.closed));
    assert.ok(isConnectionClosed(await failure(go.calls.echo({}))));
    assert.equal(go.client.callsInFlight, 0);
  });
}

function streamTestsOfOurClient(serverTest: ServerTest, peer: PeerVersion): void {
  serverTest("a server stream of 10,000 messages comes in order and ends", async ({ calls }) => {
    let expected = 0;
    for await (const { value } of calls.count({ value: String(MANY) }))
      assert.equal(value, String(expected++));
    assert.equal(expected, MANY);
  });

  serverTest("a server stream without a message ends", async ({ calls }) => {
    assert.equal(await calls.count({ value: "0" }).receive(), undefined);
  });

  serverTest("a server stream that fails brings its messages first, then the status", async (go) => {
    const stream = go.calls.count({ value: "3:9|not now|later" });
    const values: string[] = [];
    const error = await failure(
      (async () => {
        for await (const { value } of stream) values.push(value);
      })(),
    );
    assert.deepEqual(values, ["0", "1", "2"]);
    assert.equal(error.code, Code.FailedPrecondition);
    assert.equal(error.message, "not now");
    assert.equal(error.details.length, 1);
    await survives(go);
  });

  serverTest("a client stream of 10,000 messages arrives whole", async ({ calls }) => {
    const stream = calls.sum();
    for (let number = 0; number < MANY; number++) await stream.send({ value: String(number) });
    assert.equal((await stream.response()).value, `${MANY} ${SUM}`);
  });

  serverTest("a client stream without a message is answered", async ({ calls }) => {
    assert.equal((await calls.sum().response()).value, "0 0");
  });

  serverTest("a bidirectional stream of 10,000 messages comes back in order", async ({ calls }) => {
    const stream = calls.chat();
    const sending = (async () => {
      for (let number = 0; number < MANY; number++) await stream.send({ value: String(number) });
      stream.end();
    })();
    let expected = 0;
    for await (const { value } of stream) assert.equal(value, String(expected++));
    assert.equal(expected, MANY);
    await sending;
  });

  serverTest("an empty message is a message", async ({ calls }) => {
    const stream = calls.chat();
    await stream.send({});
    assert.deepEqual(await stream.receive(), { value: "" });
    stream.end();
    assert.equal(await stream.receive(), undefined);
  });

  serverTest("a stream's metadata arrives", async ({ calls }) => {
    const stream = calls.chat({ metadata: { name: "web" } });
    await stream.send({ value: "metadata" });
    assert.equal((await stream.receive())?.value, "[web]");
    stream.end();
    assert.equal(await stream.receive(), undefined);
  });

  serverTest("an unknown stream method is Unimplemented", async (go) => {
    assert.equal((await failure(go.calls.missingStream().receive())).code, Code.Unimplemented);
    await survives(go);
  });

  serverTest(
    "a stream that fails in the middle gives the status to its reader and to its writer",
    async (go) => {
      const stream = go.calls.chatFail();
      await stream.send({ value: "9|not now|later" });
      assert.equal((await failure(stream.receive())).message, "not now");
      assert.equal((await failure(stream.send({}))).code, Code.FailedPrecondition);
      await survives(go);
    },
  );

  // Before 1.2.8 a server crashes on Data that crosses its answer, whoever sends it.
  if (peer.version !== "v1.2.7") {
    serverTest(
      "a server that answers early stops the sender, and what was under way harms nobody",
      async (go) => {
        const stream = go.calls.sumFirst();
        // One is taken and five more fit into the buffer of the stream. From the next on the server hangs at times: it waits
        // for its handler, which has gone, to take one, and reads nothing of the connection any more (docs/peers.md).
        for (let number = 0; number < 6; number++) await stream.send({ value: String(number) });
        assert.equal((await stream.receive())?.value, "0");
        assert.equal((await failure(stream.send({ value: "late" }))).code, Code.FailedPrecondition);
        await survives(go);
        assert.ok(go.server.isRunning, go.server.log);
      },
    );
  }

  serverTest("a canceled stream is a half-closed stream to the server", async (go) => {
    const controller = new AbortController();
    const stream = go.calls.hangStream({ signal: controller.signal });
    await stream.send({ value: "cancel stream" });
    await go.calls.seen({ value: "cancel stream started" });
    controller.abort();
    assert.equal((await failure(stream.receive())).code, Code.Canceled);
    assert.equal((await go.calls.seen({ value: "cancel stream" })).value, "EOF");
    await survives(go);
  });

  serverTest("a stream ends at the server when the connection does", async (go) => {
    const stream = go.calls.hangStream();
    await stream.send({ value: "lost stream" });
    await go.calls.seen({ value: "lost stream started" });
    go.client.close();
    assert.ok(isConnectionClosed(await failure(stream.receive())));
    assert.equal(await noted(go, "lost stream"), "context canceled");
  });

  serverTest("a stream message over the limit is refused and the stream goes on", async ({ calls }) => {
    const stream = calls.chat();
    assert.equal((await failure(stream.send({ value: "x".repeat(OVERSIZED) }))).code, Code.ResourceExhausted);
    await stream.send({ value: "small" });
    assert.equal((await stream.receive())?.value, "small");
    stream.end();
    assert.equal(await stream.receive(), undefined);
  });

  serverTest("a stream that nobody reads does not stall other calls", async (go) => {
    const stream = go.calls.count({ value: "500" });
    for (let round = 0; round < 20; round++) await survives(go);
    let count = 0;
    for await (const _ of stream) count++;
    assert.equal(count, 500);
  });
}

interface OurFixture {
  readonly server: Server;
  readonly notes: Notes;
  /** What the Go client reported. */
  readonly facts: Record<string, unknown>;
}

type ClientTest = (
  scenario: string,
  expectation: string,
  body: (ours: OurFixture) => Promise<void> | void,
) => void;

function unaryTestsOfOurServer(clientTest: ClientTest, peer: PeerVersion): void {
  clientTest("unary", "it gets its answers, an empty message included", ({ facts }) => {
    assert.deepEqual(facts, { short: "héllo", empty: "" });
  });

  clientTest("inspect", "we see its metadata and its deadline", ({ facts }) => {
    const { metadata, remainingMs } = JSON.parse(String(facts["seen"]));
    // Go keeps metadata in a map: values of one name are in order, names are not.
    assert.deepEqual(metadata.sort(), [
      ["containerd-namespace-ttrpc", "k8s.io"],
      ["many", "one"],
      ["many", "two"],
    ]);
    assert.ok(remainingMs > 10_000 && remainingMs <= 20_000, `${remainingMs} ms`);
  });

  clientTest("fail without details", "it gets code and message", ({ facts }) => {
    assertFacts(facts, { code: Code.NotFound, message: 'container "x": not found', details: [] });
  });

  // Before 1.2 the client's protobuf library panics on a detail: see docs/peers.md.
  if (peer.hasStreams) {
    clientTest("fail", "it gets code, message and details", ({ facts }) => {
      const details = ["hawser.conformance.Detail=because"];
      assertFacts(facts, { code: Code.NotFound, message: 'container "x": not found', details });
    });
  }

  clientTest("unknown method", "Unimplemented", ({ facts }) => {
    assert.equal(facts["code"], Code.Unimplemented);
    assert.equal(facts["message"], "method NoSuchMethod");
  });

  clientTest("unknown service", "Unimplemented", ({ facts }) => {
    assert.equal(facts["code"], Code.Unimplemented);
    assert.equal(facts["message"], "service no.such.Service");
  });

  clientTest(
    "deadline",
    "it gives up by its own clock, our handler's signal fires",
    async ({ facts, notes }) => {
      assert.ok(facts["deadline"] || facts["code"] === Code.DeadlineExceeded, JSON.stringify(facts));
      assert.equal(facts["survives"], true);
      // Whichever comes first: our clock, or the end of the client that has given up.
      assert.match((await notes.get("go deadline")) ?? "", /^(DeadlineExceeded|Unavailable)$/);
    },
  );

  clientTest("expired", "a deadline that has passed is one", ({ facts }) => {
    assert.ok(facts["deadline"] || facts["code"] === Code.DeadlineExceeded, JSON.stringify(facts));
    assert.equal(facts["survives"], true);
  });

  clientTest("cancel", "we learn of it when the connection ends", async ({ facts, notes }) => {
    assert.equal(facts["canceled"], true);
    assert.equal(facts["survives"], true);
    assert.equal(await notes.get("go cancel"), "Unavailable");
  });

  clientTest("oversized request", "ResourceExhausted, and the connection lives on", ({ facts }) => {
    assert.match(String(facts["error"]), /5242\d+ exceed/);
    assert.equal(facts["survives"], true);
    if (!peer.hasStreams) assert.equal(facts["code"], Code.ResourceExhausted);
  });

  clientTest("oversized response", "ResourceExhausted, and the connection lives on", ({ facts }) => {
    assert.equal(facts["code"], Code.ResourceExhausted);
    assert.equal(facts["survives"], true);
  });

  clientTest("largest response", "it arrives whole", ({ facts }) => {
    assert.deepEqual(facts, { error: "", bytes: 0, survives: true });
  });

  clientTest("concurrent", "6,400 calls, 64 at a time, each get their own answer", ({ facts, server }) => {
    assert.deepEqual(facts, { right: 6_400 });
    assert.equal(server.callsRunning, 0);
  });

  clientTest("server gone", "it knows that the connection is closed", ({ facts }) => {
    assert.equal(facts["closed"], true);
    assert.equal((facts["later"] as Record<string, unknown>)["closed"], true);
  });

  clientTest("client gone", "our handlers are told", async ({ notes, server }) => {
    assert.equal(await notes.get("go client gone"), "Unavailable");
    assert.equal(server.connectionCount, 0);
  });
}

function streamTestsOfOurServer(clientTest: ClientTest): void {
  const ended = { end: true, count: MANY, ordered: true };

  clientTest("count", "10,000 messages in order, then the end", ({ facts }) => {
    assertFacts(facts, ended);
  });

  clientTest("count nothing", "the end", ({ facts }) => {
    assertFacts(facts, { end: true, count: 0 });
  });

  clientTest("count and fail", "the messages first, then the status", ({ facts }) => {
    const details = ["hawser.conformance.Detail=later"];
    assertFacts(facts, {
      count: 3,
      ordered: true,
      code: Code.FailedPrecondition,
      message: "not now",
      details,
    });
  });

  clientTest("sum", "10,000 messages arrive whole", ({ facts }) => {
    assert.deepEqual(facts, { answer: `${MANY} ${SUM}` });
  });

  clientTest("sum nothing", "a client stream without a message is answered", ({ facts }) => {
    assert.deepEqual(facts, { answer: "0 0" });
  });

  clientTest("chat", "10,000 messages come back in order", async ({ facts, notes }) => {
    assertFacts(facts, ended);
    assert.equal(await notes.get("chat"), `${MANY} messages`);
  });

  clientTest("chat with empty messages", "an empty message is a message", async ({ facts, notes }) => {
    assertFacts(facts, { end: true, count: 0 });
    assert.equal(await notes.get("chat"), "1 messages");
  });

  clientTest("early end", "it gets the answer, and what it sends too much harms nobody", ({ facts }) => {
    assertFacts(facts, { error: "", answer: "0", survives: true });
  });

  clientTest("chat and fail", "the status, code, message and details", ({ facts }) => {
    assertFacts(facts, { count: 0, code: Code.FailedPrecondition, message: "not now", survives: true });
  });

  clientTest("unknown stream", "Unimplemented", ({ facts }) => {
    assertFacts(facts, { count: 0, code: Code.Unimplemented, survives: true });
  });

  clientTest("oversized stream message", "refused, and the connection lives on", ({ facts }) => {
    assert.match(String(facts["error"]), /5242\d+ exceed/);
    assert.equal(facts["survives"], true);
  });

  clientTest("cancel stream", "we learn of it when the connection ends", async ({ facts, notes }) => {
    assertFacts(facts, { canceled: true, survives: true });
    assert.equal(await notes.get("go cancel stream"), "Unavailable");
  });

  clientTest("unread stream", "it stalls its own connection, and loses nothing", ({ facts }) => {
    assertFacts(facts, { stalled: true, end: true, count: 100, ordered: true, survives: true });
  });
}

function assertFacts(facts: Record<string, unknown>, expected: Record<string, unknown>): void {
  const named = Object.fromEntries(Object.keys(expected).map((key) => [key, facts[key]]));
  assert.deepEqual(named, expected, JSON.stringify(facts));
}

type Failure = Error & { code: number; details: readonly { typeUrl: string; value: Uint8Array }[] };

/** The error of something that has to fail. */
async function failure(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (error) {
    return error as Failure;
  }
  assert.fail("it succeeded");
}

function frameHeader(length: number, streamId: number, type: number, flags: number): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt32BE(length, 0);
  header.writeUInt32BE(streamId, 4);
  header.writeUInt8(type, 8);
  header.writeUInt8(flags, 9);
  return header;
}

/** A connection that says what a client of ours never would. */
class RawConnection implements AsyncDisposable {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(socketPath: string): Promise<RawConnection> {
    const socket = createConnection({ path: socketPath });
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  send(...pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.#socket.write(piece);
  }

  /** The next frame. */
  async frame(): Promise<{ streamId: number; type: number; flags: number; body: Buffer }> {
    while (this.#received.length < 10 || this.#received.length < 10 + this.#received.readUInt32BE(0)) {
      const [chunk] = await once(this.#socket, "data");
      this.#received = Buffer.concat([this.#received, chunk]);
    }
    const end = 10 + this.#received.readUInt32BE(0);
    const frame = this.#received.subarray(0, end);
    this.#received = this.#received.subarray(end);
    return {
      streamId: frame.readUInt32BE(4),
      type: frame.readUInt8(8),
      flags: frame.readUInt8(9),
      body: frame.subarray(10),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isClosed = once(this.#socket, "close");
    this.#socket.destroy();
    await isClosed;
  }
}
