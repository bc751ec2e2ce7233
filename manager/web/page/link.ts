// A WebSocket that comes back: when the connection is lost, because `hawser web` was started again or the machine slept, it is
// opened again, at an address that says where we are. Ends when it is closed here, or when the other side says that it is over.

/** What is done with what comes. */
export interface LinkUser {
  /** Where to connect to, now: a path with a query. */
  readonly path: () => string;
  readonly onOpen?: () => void;
  readonly onText: (message: unknown) => void;
  readonly onBytes?: (bytes: Uint8Array) => void;
  /** It is lost, and tried again. */
  readonly onLost?: () => void;
}

/** Between attempts: doubling. Milliseconds. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/** A connection. */
export class Link {
  readonly #user: LinkUser;
  #socket: WebSocket | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  /** Connects. */
  constructor(user: LinkUser) {
    this.#user = user;
    this.#connect();
  }

  /** Sends, when it is connected; otherwise it is lost. Answers whether it was sent. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(data);
    return true;
  }

  /** Bytes that have not left yet. */
  get waitingBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Ends it for good. */
  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #connect(): void {
    if (this.#isOver) return;
    const socket = new WebSocket(new URL(this.#user.path(), location.href.replace(/^http/, "ws")));
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#user.onOpen?.();
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (this.#isOver) return;
      if (typeof data === "string") this.#user.onText(JSON.parse(data));
      else this.#user.onBytes?.(new Uint8Array(data));
    };
    socket.onclose = () => {
      if (this.#isOver) return;
      this.#user.onLost?.();
      this.#timer = setTimeout(() => this.#connect(), this.#pauseMs);
      this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    };
  }
}
