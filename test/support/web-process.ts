// `hawser web` as a program: started, killed and started again at the same port. Owns the process.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Hawserd } from "./hawserd.ts";
import { until } from "./until.ts";

const program = resolve(import.meta.dirname, "../../bin/hawser");

/** A `hawser web` for a hawserd. */
export class WebProcess implements AsyncDisposable {
  readonly #hawserd: Hawserd;
  #child: ChildProcess | undefined;
  #said = "";
  /** The address of the page, with the token. */
  url = "";

  private constructor(hawserd: Hawserd) {
    this.#hawserd = hawserd;
  }

  /** Starts one at a free port. */
  static async start(hawserd: Hawserd): Promise<WebProcess> {
    const web = new WebProcess(hawserd);
    await web.restart("127.0.0.1:0");
    return web;
  }

  /** `http://127.0.0.1:1234` */
  get origin(): string {
    return new URL(this.url).origin;
  }

  get token(): string {
    return this.url.split("#token=")[1] ?? "";
  }

  /** Starts it, at the port that it had. */
  async restart(listen = new URL(this.url).host): Promise<void> {
    const { env, namespace, flags } = this.#hawserd;
    this.#said = "";
    const args = ["web", "--listen", listen, "-n", namespace, ...flags];
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#said += text;
      });
    }
    this.#child = child;
    await until(() => /#token=[\w-]+\n/.test(this.#said), {
      what: "hawser web says where it is",
      deadline: 20_000,
      logs: { said: () => this.#said },
    });
    this.url = this.#said.trim();
  }

  /** Ends it; its exit status. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return -1;
    const ended = once(child, "exit");
    child.kill(signal);
    const [status] = await ended;
    return status ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
