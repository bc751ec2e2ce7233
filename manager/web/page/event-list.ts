// The list of events: the newest on top, bounded.
import type { EventLine } from "../wire.ts";
import { byId, make } from "./dom.ts";

/** Lines that the page keeps. */
const MAX_LINES = 500;

/** The list. */
export class EventList {
  readonly #body = byId("events", HTMLTableSectionElement);
  #cursor: string | undefined;

  /** The last that is here. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Nothing before this place is missing here. */
  begin(cursor: string): void {
    this.#cursor = cursor;
  }

  add({ cursor, time, topic, id, text }: EventLine): void {
    this.#cursor = cursor;
    const row = make("tr", "");
    row.dataset["cursor"] = cursor;
    row.append(
      make("td", "", clockTime(time)),
      make("td", "", topic),
      make("td", "", id),
      make("td", "", text),
    );
    this.#put(row);
  }

  /** Says that some are missing. */
  note(text: string): void {
    const row = make("tr", "");
    const cell = make("td", "", text);
    cell.colSpan = 4;
    row.append(cell);
    this.#put(row);
  }

  #put(row: HTMLTableRowElement): void {
    this.#body.prepend(row);
    while (this.#body.childElementCount > MAX_LINES) this.#body.lastElementChild?.remove();
  }
}

function clockTime(time: string): string {
  return time === "" ? "" : new Date(time).toLocaleTimeString();
}
