// A process's terminal: xterm.js on a link. Knows its place in the output, so that a link which was lost goes on there, without a
// loss and without a repeat; and says how far it has shown, so that no more comes than it can show.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { decodeOutput, type OutputMessage, type PageMessage } from "../wire.ts";
import { Link } from "./link.ts";

/** Which process, and where it is shown. */
export interface TerminalViewOptions {
  readonly container: string;
  /** Empty: init. */
  readonly exec: string;
  readonly isReadOnly: boolean;
  readonly forScreenReaders: boolean;
  readonly parent: HTMLElement;
  readonly onNote: (text: string) => void;
  /** The keyboard is to leave the terminal. */
  readonly onLeave: () => void;
}

/** Input is cut into messages of this size, which `hawser web` takes. Bytes. */
const MESSAGE_BYTES = 16 * 1024;
/** Input beyond this is not sent: nobody reads it. Bytes. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Lines that can be scrolled back to. */
const SCROLLBACK_LINES = 10_000;

/** A terminal on the page. */
export class TerminalView {
  readonly #options: TerminalViewOptions;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #observer: ResizeObserver;
  readonly #link: Link;
  #place: bigint | undefined;
  #isTerminal = true;

  constructor(options: TerminalViewOptions) {
    this.#options = options;
    this.#terminal = new Terminal({
      scrollback: SCROLLBACK_LINES,
      disableStdin: options.isReadOnly,
      screenReaderMode: options.forScreenReaders,
      fontFamily: "ui-monospace, monospace",
      fontSize: 14,
      convertEol: false,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(options.parent);
    this.#terminal.attachCustomKeyEventHandler((event) => {
      if (event.key !== "F6" || !event.shiftKey) return true;
      if (event.type === "keydown") options.onLeave();
      return false;
    });
    this.#terminal.onData((text) => this.#type(new TextEncoder().encode(text)));
    this.#terminal.onBinary((text) =>
      this.#type(Uint8Array.from(text, (character) => character.charCodeAt(0))),
    );
    this.#terminal.onResize(() => this.#tellSize());
    this.#observer = new ResizeObserver(() => this.#fit.fit());
    this.#observer.observe(options.parent);
    this.#fit.fit();
    this.#link = new Link({
      path: () => this.#path(),
      onText: (message) => this.#hear(message as OutputMessage),
      onBytes: (bytes) => this.#show(bytes),
      onLost: () => options.onNote("Connection lost, coming back…"),
    });
    if (!options.isReadOnly) this.#terminal.focus();
  }

  focus(): void {
    this.#terminal.focus();
  }

  close(): void {
    this.#link.close();
    this.#observer.disconnect();
    this.#terminal.dispose();
  }

  #path(): string {
    const { container, exec, isReadOnly } = this.#options;
    const query = new URLSearchParams({ container });
    if (exec !== "") query.set("exec", exec);
    if (isReadOnly) query.set("readOnly", "1");
    if (this.#place !== undefined) query.set("offset", String(this.#place));
    return `/terminal?${query}`;
  }

  #hear(message: OutputMessage): void {
    const { onNote } = this.#options;
    switch (message.type) {
      case "opened":
        this.#place ??= BigInt(message.offset);
        this.#isTerminal = message.isTerminal;
        this.#terminal.options.convertEol = !message.isTerminal;
        if (!message.hasInput) this.#terminal.options.disableStdin = true;
        onNote(
          this.#options.isReadOnly
            ? "Only looking."
            : message.hasInput
              ? "Attached."
              : "Attached; it takes no input.",
        );
        this.#tellSize();
        break;
      case "gap":
        this.#place = BigInt(message.to);
        this.#terminal.write(`\r\n[${BigInt(message.to) - BigInt(message.from)} bytes are missing here]\r\n`);
        break;
      case "notice":
        onNote(message.text);
        break;
      case "end":
      case "error":
        onNote(message.text);
        if (message.type === "end" || message.isFinal) {
          this.#link.close();
          this.#terminal.options.disableStdin = true;
        }
    }
  }

  #show(frame: Uint8Array): void {
    const { offset, bytes } = decodeOutput(frame);
    const end = offset + BigInt(bytes.length);
    this.#place = end;
    this.#terminal.write(bytes, () => this.#tell({ type: "shown", offset: String(end) }));
  }

  #type(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#link.waitingBytes > MAX_WAITING_BYTES) {
      this.#options.onNote("Nobody reads the input: what was typed is not sent.");
      return;
    }
    // Without a terminal nobody makes a line's end of Enter.
    const whole = this.#isTerminal ? bytes : bytes.map((byte) => (byte === 13 ? 10 : byte));
    for (let at = 0; at < whole.length; at += MESSAGE_BYTES) {
      if (!this.#link.send(whole.slice(at, at + MESSAGE_BYTES))) {
        this.#options.onNote("Not connected: what was typed is not sent.");
      }
    }
  }

  #tellSize(): void {
    const { cols: columns, rows } = this.#terminal;
    if (!this.#options.isReadOnly) this.#tell({ type: "resize", columns, rows });
  }

  #tell(message: PageMessage): void {
    this.#link?.send(JSON.stringify(message));
  }
}
