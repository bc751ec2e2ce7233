// The list of containers: a button each, which says what the container does and follows it live. Keeps the focus where it is while
// the list changes around it.
import type { ContainerState } from "../wire.ts";
import { byId, make } from "./dom.ts";

/** The list. */
export class ContainerList {
  readonly #list = byId("containers", HTMLUListElement);
  readonly #none = byId("no-containers", HTMLParagraphElement);
  readonly #onChoose: (id: string) => void;
  readonly #items = new Map<string, HTMLLIElement>();
  #chosen = "";

  constructor(onChoose: (id: string) => void) {
    this.#onChoose = onChoose;
  }

  /** Shows these, in this order. */
  show(containers: Iterable<ContainerState>): void {
    const wanted = new Set<string>();
    let place: Element | null = this.#list.firstElementChild;
    for (const container of containers) {
      wanted.add(container.id);
      const item = this.#itemOf(container);
      // One that is in its place is not moved: moving takes the focus away.
      if (item === place) place = place.nextElementSibling;
      else this.#list.insertBefore(item, place);
    }
    for (const [id, item] of this.#items) {
      if (wanted.has(id)) continue;
      item.remove();
      this.#items.delete(id);
    }
    this.#none.hidden = wanted.size > 0;
  }

  /** Marks the one whose terminal is shown. */
  choose(id: string): void {
    this.#chosen = id;
    for (const [other, item] of this.#items) mark(item, other === id);
  }

  /** Puts the keyboard on the one that is chosen. */
  focus(): void {
    const item = this.#items.get(this.#chosen) ?? this.#list.firstElementChild;
    item?.querySelector("button")?.focus();
  }

  #itemOf(container: ContainerState): HTMLLIElement {
    let item = this.#items.get(container.id);
    if (item === undefined) {
      item = make("li", "");
      const button = make("button", "");
      button.type = "button";
      button.addEventListener("click", () => this.#onChoose(container.id));
      button.append(make("span", "state"), make("span", "name"), make("span", "image"));
      item.append(button);
      this.#items.set(container.id, item);
    }
    item.dataset["id"] = container.id;
    fill(item, container);
    mark(item, container.id === this.#chosen);
    return item;
  }
}

/** What a container is called. */
export function nameOf({ id, name }: ContainerState): string {
  return name || (/^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id);
}

/** What it does, in words. */
export function stateText({ state, exitStatus }: ContainerState): string {
  if (state === "none") return "not started";
  return state === "stopped" && exitStatus !== undefined ? `stopped (${exitStatus})` : state;
}

function fill(item: HTMLElement, container: ContainerState): void {
  const [state, name, image] = item.querySelectorAll("span");
  const isFailed =
    container.state === "stopped" && container.exitStatus !== undefined && container.exitStatus !== 0;
  setText(name, nameOf(container));
  setText(state, stateText(container));
  setText(image, container.image);
  if (state !== undefined) state.className = `state ${isFailed ? "failed" : container.state}`;
}

// Unchanged text is left alone: screen readers would read it again.
function setText(element: HTMLElement | undefined, text: string): void {
  if (element !== undefined && element.textContent !== text) element.textContent = text;
}

function mark(item: HTMLElement, isChosen: boolean): void {
  item.querySelector("button")?.setAttribute("aria-current", String(isChosen));
}
