// A client of the attach protocol that does what it is told, frame by frame: what it got, what it asks for, when it does not read.

import { connect, type Socket } from "node:net";
import {
  AttachFrame,
  AttachFrameReader,
  attachFrame,
  readGap,
  readInputTaken,
  readOutput,
  resizeFrame,
} from "../../proto/attach-frame.ts";
import type { Init } from "../../proto/codec.ts";
import { AttachCut, AttachExit, AttachOpen, AttachOpened } from "../../proto/gen/attach.ts";
import { until } from "./until.ts";

/** Output, or a hole in it, at its place. */
export type Got =
  | { readonly offset: bigint; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly gap: { readonly from: bigint; readonly to: bigint } };

/** One connection. */
export class AttachClient implements Disposable {
  readonly got: Got[] = [];
  opened: AttachOpened | undefined;
  exit: AttachExit | undefined;
  cut: AttachCut | undefined;
  inputTaken = 0n;
  isClosed = false;
  receivedBytes = 0;
  readonly socket: Socket;
  readonly #frames = new AttachFrameReader();
  readonly #onOutput: ((got: Got) => void) | undefined;

  /** `onOutput`: is told of output, which is not kept then. */
  constructor(path: string, onOutput?: (got: Got) => void) {
    this.#onOutput = onOutput;
    this.socket = connect({ path });
    this.socket.on("data", (bytes) => {
      for (const { type, payload } of this.#frames.push(bytes)) this.#take(type, payload);
    });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.isClosed = true;
    });
  }

  /** Connects and opens; resolves when the shim has answered, with `opened` or with `cut`. */
  static async open(
    path: string,
    open: Init<AttachOpen>,
    onOutput?: (got: Got) => void,
  ): Promise<AttachClient> {
    const client = new AttachClient(path, onOutput);
    client.send(AttachFrame.open, AttachOpen.encode(open));
    await until(() => client.opened ?? client.cut ?? client.isClosed, {
      what: "the answer to the open frame",
    });
    return client;
  }

  #take(type: number, payload: Uint8Array): void {
    if (type === AttachFrame.opened) this.opened = AttachOpened.decode(payload);
    else if (type === AttachFrame.exit) this.exit = AttachExit.decode(payload);
    else if (type === AttachFrame.cut) this.cut = AttachCut.decode(payload);
    else if (type === AttachFrame.inputTaken) this.inputTaken = readInputTaken(payload);
    else if (type === AttachFrame.output) this.#keep(readOutput(payload));
    else if (type === AttachFrame.gap) this.#keep({ gap: readGap(payload) });
    else throw new Error(`a frame of type ${type}`);
  }

  #keep(got: Got): void {
    if ("bytes" in got) this.receivedBytes += got.bytes.length;
    if (this.#onOutput) this.#onOutput(got);
    else this.got.push(got);
  }

  send(type: number, payload?: Uint8Array): void {
    this.socket.write(attachFrame(type, payload));
  }

  type(text: string | Uint8Array): void {
    this.send(AttachFrame.input, typeof text === "string" ? Buffer.from(text) : text);
  }

  resize(columns: number, rows: number): void {
    this.socket.write(resizeFrame(columns, rows));
  }

  /** What came, both streams in order, gaps left out. */
  get text(): string {
    return textOf(this.got);
  }

  /** What came on one stream. */
  textOf(stream: 1 | 2): string {
    return textOf(this.got.filter((got) => "stream" in got && got.stream === stream));
  }

  get gaps(): { from: bigint; to: bigint }[] {
    return this.got.flatMap((got) => ("gap" in got ? [got.gap] : []));
  }

  /** Waits for a part of the output. */
  async shows(part: string): Promise<void> {
    await until(() => this.text.includes(part), {
      what: `"${part}" in an attach session`,
      logs: { text: () => this.text, cut: () => JSON.stringify(this.cut ?? "") },
    });
  }

  /** Waits for the exit frame. */
  async ended(deadline = 20_000): Promise<AttachExit> {
    return await until(() => this.exit, {
      what: "the exit frame",
      deadline,
      logs: { text: () => this.text, cut: () => JSON.stringify(this.cut ?? "") },
    });
  }

  /** Waits for the cut frame. */
  async wasCut(): Promise<AttachCut> {
    return await until(() => this.cut, { what: "the cut frame" });
  }

  /** Goes without a word. */
  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function textOf(all: readonly Got[]): string {
  return Buffer.concat(all.flatMap((got) => ("bytes" in got ? [got.bytes] : []))).toString("utf8");
}
