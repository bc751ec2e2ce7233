// A Chromium of a test's own, without a window, driven by its own protocol over a pipe: pages, what is on them, keys, pictures.
// Owns the process, its profile and all pages. (No library: what is needed of the protocol is a dozen commands.)
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { until } from "./until.ts";

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly sessionId?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const FLAGS = [
  "--headless=new",
  // Containers' tests run as root, which Chromium's sandbox does not take.
  "--no-sandbox",
  "--remote-debugging-pipe",
  "--no-first-run",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-sync",
  "--hide-scrollbars",
  "--window-size=1280,900",
];

/** A browser. */
export class Browser implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #listeners = new Map<string, (method: string, params: unknown) => void>();
  #said = "";
  #nextId = 1;

  private constructor(profileDir: string) {
    this.#process = spawn("chromium", [...FLAGS, `--user-data-dir=${profileDir}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
      // Its helpers are ended with it.
      detached: true,
      env: { ...process.env, HOME: profileDir },
    });
    this.#ended = once(this.#process, "exit");
    const [, , err, , answers] = this.#process.stdio as readonly [null, null, Readable, Writable, Readable];
    err.setEncoding("utf8").on("data", (text: string) => {
      this.#said = (this.#said + text).slice(-4_000);
    });
    let rest = "";
    answers.setEncoding("utf8").on("data", (text: string) => {
      const messages = (rest + text).split("\0");
      rest = messages.pop() ?? "";
      for (const message of messages) this.#take(JSON.parse(message) as Answer);
    });
    // It may die while we write.
    for (const stream of this.#process.stdio) stream?.on("error", () => undefined);
  }

  /** Starts one with a new profile in this directory. */
  static async launch(profileDir: string): Promise<Browser> {
    mkdirSync(profileDir, { recursive: true });
    const browser = new Browser(profileDir);
    await browser.command("Browser.getVersion", {});
    return browser;
  }

  /** A new tab at an address. */
  async open(url: string): Promise<Page> {
    const { targetId } = (await this.command("Target.createTarget", { url: "about:blank" })) as {
      targetId: string;
    };
    const attached = await this.command("Target.attachToTarget", { targetId, flatten: true });
    const { sessionId } = attached as { sessionId: string };
    const page = new Page(this, sessionId, targetId);
    this.#listeners.set(sessionId, (method, params) => page.hear(method, params));
    await page.begin();
    await page.goto(url);
    return page;
  }

  /** One command of the protocol. */
  async command(method: string, params: object, sessionId?: string): Promise<unknown> {
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    const input = this.#process.stdio[3] as Writable;
    input.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    const gone = this.#ended.then(() => {
      throw new Error(`chromium has ended: ${this.#said}`);
    });
    gone.catch(() => undefined);
    return await Promise.race([answer.promise, gone]);
  }

  #take({ id, result, error, method, params, sessionId }: Answer): void {
    if (method !== undefined) this.#listeners.get(sessionId ?? "")?.(method, params);
    const answer = this.#waiting.get(id ?? 0);
    this.#waiting.delete(id ?? 0);
    if (error !== undefined) answer?.reject(new Error(`chromium: ${error.message}`));
    else answer?.resolve(result);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#ended;
  }
}

/** A tab. */
export class Page {
  readonly #browser: Browser;
  readonly #sessionId: string;
  readonly #targetId: string;
  /** What the page has complained about: exceptions, errors on the console, requests that were refused by its own rules. */
  readonly complaints: string[] = [];
  /** The binary messages that its WebSockets have received, with the address of the socket. */
  readonly frames: { readonly url: string; readonly bytes: Buffer }[] = [];
  readonly #sockets = new Map<string, string>();

  constructor(browser: Browser, sessionId: string, targetId: string) {
    this.#browser = browser;
    this.#sessionId = sessionId;
    this.#targetId = targetId;
  }

  /** Begins to listen to the page. */
  async begin(): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.#command(`${domain}.enable`);
  }

  /** Takes what the browser tells of the page. */
  hear(method: string, params: unknown): void {
    if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") {
      this.complaints.push(JSON.stringify(params));
    }
    if (method === "Network.webSocketCreated") {
      const { requestId, url } = params as { requestId: string; url: string };
      this.#sockets.set(requestId, url);
    }
    if (method === "Network.webSocketFrameReceived") {
      const { requestId, response } = params as {
        requestId: string;
        response: { opcode: number; payloadData: string };
      };
      if (response.opcode !== 2) return;
      const bytes = Buffer.from(response.payloadData, "base64");
      this.frames.push({ url: this.#sockets.get(requestId) ?? "", bytes });
    }
  }

  async goto(url: string): Promise<void> {
    await this.#command("Page.navigate", { url });
    await this.until("document.readyState === 'complete'", `the page ${url.replace(/#.*/, "")}`);
  }

  async reload(): Promise<void> {
    await this.run("window.isOld = true");
    await this.#command("Page.reload");
    await this.until(
      "window.isOld !== true && document.readyState === 'complete'",
      "the page is loaded again",
    );
  }

  /** The value of an expression, which JSON can hold. */
  async run<T>(expression: string): Promise<T> {
    const answer = (await this.#command("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as {
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string }; text: string };
    };
    const { exceptionDetails: failure } = answer;
    if (failure !== undefined) throw new Error(failure.exception?.description ?? failure.text);
    return answer.result.value;
  }

  /** Waits until an expression is true. */
  async until(expression: string, what: string): Promise<void> {
    // Nothing is drawn in a tab that is behind another.
    await this.#command("Page.bringToFront");
    await until(() => this.run<unknown>(`Boolean(${expression})`), {
      what,
      deadline: 20_000,
      logs: {
        page: () => this.run<string>("document.body.innerText"),
        complaints: () => this.complaints.join("\n"),
      },
    });
  }

  /** The text of an element, as a person sees it. */
  async text(selector: string): Promise<string> {
    return await this.run<string>(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`);
  }

  /** Clicks an element as a mouse does, once it is there. */
  async click(selector: string): Promise<void> {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    await this.until(`${element} !== null`, `there is ${selector}`);
    const { x, y } = await this.run<{ x: number; y: number }>(
      `(() => { const e = ${element}; e.scrollIntoView(); const r = e.getBoundingClientRect();
        return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`,
    );
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.#command("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  /** Types text where the focus is; a newline is Enter. */
  async type(text: string): Promise<void> {
    for (const character of text) {
      if (character === "\n") await this.press("Enter", 13, { text: "\r" });
      else await this.#command("Input.insertText", { text: character });
    }
  }

  /** Presses a key. `modifiers`: 1 alt, 2 ctrl, 4 meta, 8 shift. */
  async press(
    key: string,
    code: number,
    { text, modifiers = 0 }: { readonly text?: string; readonly modifiers?: number } = {},
  ): Promise<void> {
    const common = { key, code: key, windowsVirtualKeyCode: code, modifiers };
    const down = text === undefined ? { type: "rawKeyDown" } : { type: "keyDown", text };
    await this.#command("Input.dispatchKeyEvent", { ...common, ...down });
    await this.#command("Input.dispatchKeyEvent", { ...common, type: "keyUp" });
  }

  /** The size of the window. Pixels. */
  async resize(width: number, height: number): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.#command("Emulation.setDeviceMetricsOverride", metrics);
  }

  /** As somebody sees it who likes it dark, or light. */
  async prefer(scheme: "light" | "dark"): Promise<void> {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#command("Emulation.setEmulatedMedia", { features });
  }

  /** Keeps a picture. */
  async picture(path: string): Promise<void> {
    const { data } = (await this.#command("Page.captureScreenshot", { format: "png" })) as { data: string };
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(data, "base64"));
  }

  async close(): Promise<void> {
    await this.#browser.command("Target.closeTarget", { targetId: this.#targetId });
  }

  async #command(method: string, params: object = {}): Promise<unknown> {
    return await this.#browser.command(method, params, this.#sessionId);
  }
}
