// What is shown of the container that was chosen: its terminal or its log, and the switches for them. Owns the view that is open; one
// at a time. The choice is kept for as long as the tab lives, so that a page that is loaded again shows the same.
import type { ContainerState } from "../wire.ts";
import { nameOf, stateText } from "./container-list.ts";
import { byId, make } from "./dom.ts";
import { LogView } from "./log-view.ts";
import { TerminalView } from "./terminal-view.ts";

type Tab = "terminal" | "log";

const TABS: readonly Tab[] = ["terminal", "log"];

/** The right side of the page. */
export class Workplace {
  readonly #title = byId("work-title", HTMLHeadingElement);
  readonly #about = byId("work-about", HTMLParagraphElement);
  readonly #tools = byId("work-tools", HTMLDivElement);
  readonly #process = byId("process", HTMLSelectElement);
  readonly #readOnly = byId("read-only", HTMLInputElement);
  readonly #reader = byId("reader", HTMLInputElement);
  readonly #onLeave: () => void;
  #container: ContainerState | undefined;
  #tab: Tab = "terminal";
  #view: TerminalView | LogView | undefined;

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
    for (const tab of TABS) {
      const button = tabOf(tab);
      button.addEventListener("click", () => this.#show(tab));
      button.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
        const other = tab === "terminal" ? "log" : "terminal";
        this.#show(other, { keepsFocus: true });
        tabOf(other).focus();
      });
    }
    for (const control of [this.#process, this.#readOnly, this.#reader]) {
      control.addEventListener("change", () => this.#show(this.#tab, { keepsFocus: true }));
    }
  }

  /** The container that is shown; undefined for none. */
  get containerId(): string | undefined {
    return this.#container?.id;
  }

  /** Shows a container. */
  open(container: ContainerState, { tab = this.#tab }: { tab?: Tab } = {}): void {
    const isOther = container.id !== this.#container?.id;
    this.#container = container;
    if (isOther) this.#process.value = "";
    this.#describe(container);
    this.#tools.hidden = false;
    if (isOther || this.#view === undefined) this.#show(tab);
  }

  /** The container has changed. One that is started again is attached to again. */
  update(container: ContainerState): void {
    const before = this.#container;
    if (before?.id !== container.id) return;
    this.#container = container;
    this.#describe(container);
    const hasBegun = before.state !== "running" && container.state === "running" && before.state !== "paused";
    if (hasBegun && this.#tab === "terminal") this.#show("terminal", { keepsFocus: true });
  }

  /** The container is gone; what it printed stays to be read. */
  remove(id: string): void {
    if (id === this.#container?.id) this.#about.textContent = "This container is removed.";
  }

  /** What to show when the page is loaded again. */
  static remembered(): { readonly id: string; readonly tab: Tab } | undefined {
    const [id = "", tab = ""] = (sessionStorage.getItem("hawser") ?? "").split(" ");
    return id === "" ? undefined : { id, tab: tab === "log" ? "log" : "terminal" };
  }

  #describe(container: ContainerState): void {
    const about = `${stateText(container)}, ${container.image || "no image"}, ${container.id}`;
    if (this.#title.textContent !== nameOf(container)) this.#title.textContent = nameOf(container);
    if (this.#about.textContent !== about) this.#about.textContent = about;
    const chosen = this.#process.value;
    const wanted = ["", ...container.execs.map(({ id }) => id)];
    const shown = [...this.#process.options].map(({ value }) => value);
    if (shown.length === wanted.length && shown.every((value, index) => value === wanted[index])) return;
    this.#process.replaceChildren(
      ...wanted.map((value) => {
        const option = make("option", "", value === "" ? "the container's own" : `exec ${value}`);
        option.value = value;
        return option;
      }),
    );
    this.#process.value = wanted.includes(chosen) ? chosen : "";
  }

  #show(tab: Tab, { keepsFocus = false } = {}): void {
    const container = this.#container;
    if (container === undefined) return;
    this.#view?.close();
    this.#tab = tab;
    sessionStorage.setItem("hawser", `${container.id} ${tab}`);
    for (const one of TABS) {
      tabOf(one).setAttribute("aria-selected", String(one === tab));
      tabOf(one).tabIndex = one === tab ? 0 : -1;
      byId(`panel-${one}`, HTMLDivElement).hidden = one !== tab;
    }
    const focused = document.activeElement;
    this.#view = tab === "terminal" ? this.#openTerminal(container) : this.#openLog(container);
    if (keepsFocus && focused instanceof HTMLElement) focused.focus();
  }

  #openTerminal({ id: container }: ContainerState): TerminalView {
    const note = byId("terminal-note", HTMLSpanElement);
    const parent = byId("terminal", HTMLDivElement);
    parent.replaceChildren();
    return new TerminalView({
      container,
      exec: this.#process.value,
      isReadOnly: this.#readOnly.checked,
      forScreenReaders: this.#reader.checked,
      parent,
      onNote: (text) => {
        note.textContent = text;
      },
      onLeave: this.#onLeave,
    });
  }

  #openLog({ id: container }: ContainerState): LogView {
    const note = byId("log-note", HTMLSpanElement);
    return new LogView({
      container,
      parent: byId("log", HTMLPreElement),
      onNote: (text) => {
        note.textContent = text;
      },
    });
  }
}

function tabOf(tab: Tab): HTMLButtonElement {
  return byId(`tab-${tab}`, HTMLButtonElement);
}
