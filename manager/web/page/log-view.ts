// A container's log, as text that follows. Keeps the last lines; scrolls along unless somebody has scrolled up.
import { decodeOutput, type OutputMessage } from "../wire.ts";
import { make } from "./dom.ts";
import { Link } from "./link.ts";

/** Pieces of the log that the page keeps; the oldest go. */
const MAX_PIECES = 5_000;
/** How near to the end counts as the end. Pixels. */
const NEAR_PX = 24;

/** Which log, and where it is shown. */
export interface LogViewOptions {
  readonly container: string;
  readonly parent: HTMLElement;
  readonly onNote: (text: string) => void;
}

/** A log on the page. */
export class LogView {
  readonly #options: LogViewOptions;
  readonly #link: Link;
  readonly #decoders = { out: new TextDecoder(), error: new TextDecoder() };
  #place: bigint | undefined;

  constructor(options: LogViewOptions) {
    this.#options = options;
    options.parent.textContent = "";
    this.#link = new Link({
      path: () => this.#path(),
      onOpen: () => options.onNote("Following."),
      onText: (message) => this.#hear(message as OutputMessage),
      onBytes: (bytes) => this.#show(bytes),
      onLost: () => options.onNote("Connection lost, coming back…"),
    });
  }

  close(): void {
    this.#link.close();
  }

  #path(): string {
    const query = new URLSearchParams({ container: this.#options.container });
    if (this.#place !== undefined) query.set("offset", String(this.#place));
    return `/log?${query}`;
  }

  #hear(message: OutputMessage): void {
    if (message.type === "gap") {
      this.#place = BigInt(message.to);
      this.#add("gap", `\n[${BigInt(message.to) - BigInt(message.from)} bytes are missing here]\n`);
    } else if (message.type === "end" || message.type === "error") {
      this.#options.onNote(message.text);
      if (message.type === "end" || message.isFinal) this.#link.close();
    }
  }

  #show(frame: Uint8Array): void {
    const { offset, bytes, isError } = decodeOutput(frame);
    this.#place = offset + BigInt(bytes.length);
    const decoder = isError ? this.#decoders.error : this.#decoders.out;
    this.#add(isError ? "error" : "out", plainText(decoder.decode(bytes, { stream: true })));
    this.#link.send(JSON.stringify({ type: "shown", offset: String(this.#place) }));
  }

  #add(className: string, text: string): void {
    const { parent } = this.#options;
    const isAtEnd = parent.scrollHeight - parent.scrollTop - parent.clientHeight < NEAR_PX;
    parent.append(make("span", className, text));
    while (parent.childElementCount > MAX_PIECES) parent.firstElementChild?.remove();
    if (isAtEnd) parent.scrollTop = parent.scrollHeight;
  }
}

const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);
const CONTROL = [
  // Colours and movements of the cursor; titles; the short ones; what stands before the end of a line.
  `${ESCAPE}\\[[0-9;?]*[ -/]*[@-~]`,
  `${ESCAPE}\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)`,
  `${ESCAPE}[@-Z\\\\-_]`,
  "\\r(?=\\n)",
];
const CONTROL_PATTERN = new RegExp(CONTROL.join("|"), "g");

// A log is no terminal: these would be shown as signs.
function plainText(text: string): string {
  return text.replaceAll(CONTROL_PATTERN, "");
}
