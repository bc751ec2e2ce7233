// What the page and `hawser web` say to each other over WebSockets: text frames are JSON messages, binary frames are bytes of a
// process. The page's side and the server's import this, so it knows neither Node nor a browser. Pure.
// Places in output are decimal texts in JSON: they have 64 bits.

/** A container as the page shows it. */
export interface ContainerState {
  readonly id: string;
  /** Empty when it has none. */
  readonly name: string;
  readonly image: string;
  /** none, created, running, paused, stopped, restarting, unknown. */
  readonly state: string;
  readonly pid: number;
  /** Of the last end; absent when it has not ended, or nobody knows. */
  readonly exitStatus?: number | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly execs: readonly ExecState[];
}

/** An exec of a container. */
export interface ExecState {
  readonly id: string;
  readonly state: string;
}

/** A line of the list of events. */
export interface EventLine {
  readonly cursor: string;
  /** As ISO 8601 has it; empty when it has none. */
  readonly time: string;
  readonly topic: string;
  readonly id: string;
  readonly text: string;
}

/** What the channel of states says. */
export type StateMessage =
  /** All there are, at a place; what was said before is void. */
  | { readonly type: "containers"; readonly cursor: string; readonly containers: readonly ContainerState[] }
  | { readonly type: "container"; readonly container: ContainerState }
  | { readonly type: "removed"; readonly id: string }
  | { readonly type: "event"; readonly event: EventLine }
  /** Something to know about the events: some are missing. */
  | { readonly type: "missing"; readonly text: string };

/** What the channel of a terminal, or of a log, says beside bytes. */
export type OutputMessage =
  | {
      readonly type: "opened";
      /** Place of the first byte that comes. */
      readonly offset: string;
      readonly isTerminal: boolean;
      readonly hasInput: boolean;
    }
  | { readonly type: "gap"; readonly from: string; readonly to: string }
  /** Of the session: it was lost, it is back. */
  | { readonly type: "notice"; readonly text: string }
  /** Nothing comes any more, and to ask again is no use. */
  | { readonly type: "end"; readonly text: string }
  /** It could not be. `isFinal`: to ask again is no use. */
  | { readonly type: "error"; readonly text: string; readonly isFinal: boolean };

/** What the page says beside bytes of input. */
export type PageMessage =
  | { readonly type: "resize"; readonly columns: number; readonly rows: number }
  /** Everything before this place has been shown. */
  | { readonly type: "shown"; readonly offset: string };

/** Bytes of output, with their place. */
export interface OutputFrame {
  readonly offset: bigint;
  readonly isError: boolean;
  readonly bytes: Uint8Array;
}

/** Output that may be under way to a page, or waits in it to be shown. Bytes. */
export const OUTPUT_WINDOW_BYTES = 512 * 1024;

/** The largest message that a page may send. Bytes. */
export const MAX_PAGE_MESSAGE_BYTES = 64 * 1024;

/** Stream and place, in front of the bytes. */
const HEADER_BYTES = 9;

/** A frame of output: stream (1 or 2), place (8 bytes, most significant first), bytes. */
export function encodeOutput({ offset, isError, bytes }: OutputFrame): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + bytes.length);
  frame[0] = isError ? 2 : 1;
  new DataView(frame.buffer).setBigUint64(1, offset);
  frame.set(bytes, HEADER_BYTES);
  return frame;
}

/** Reads one. Throws for what is too short to be one. */
export function decodeOutput(frame: Uint8Array): OutputFrame {
  if (frame.length < HEADER_BYTES) throw new RangeError(`a frame of output has ${frame.length} bytes`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return { offset: view.getBigUint64(1), isError: frame[0] === 2, bytes: frame.subarray(HEADER_BYTES) };
}

/** The largest size that a terminal can have. */
const MAX_CELLS = 65_535;

/** Reads what a page says; undefined for what is nothing of that. */
export function parsePageMessage(text: string): PageMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
  const { type, columns, rows, offset } = value as Record<string, unknown>;
  if (type === "resize" && isCells(columns) && isCells(rows)) return { type, columns, rows };
  if (type === "shown" && typeof offset === "string" && /^\d{1,20}$/.test(offset)) return { type, offset };
  return undefined;
}

function isCells(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_CELLS;
}
