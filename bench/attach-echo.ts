// How long a key takes to come back: one byte into a terminal, through a client, to a program in a container that answers with the
// same byte, and back. The clients are commands in a terminal of the bench's own, so that what a person feels is measured whole.
import type { Report } from "./bench.ts";
import { ClientTerminal, type TerminalCommand } from "./client-terminal.ts";
import { quantile } from "./sample.ts";
import { table } from "./table.ts";

const ROUNDS = 20;
const KEYS_PER_ROUND = 50;
/** For a client to be there. Milliseconds. */
const BUDGET_MS = 30_000;

/** What the container runs: it echoes by itself, as shells and editors do. */
export const ECHO_SCRIPT = "stty raw -echo && exec cat";

/** A client that is about to be attached. */
export interface EchoSubject extends TerminalCommand {
  /** As in the table. */
  readonly name: string;
}

/** Measures them in turns; all are attached the whole time. */
export async function measureEcho(
  subjects: readonly EchoSubject[],
  { rounds = ROUNDS }: { rounds?: number } = {},
): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const clients: { name: string; client: EchoClient; times: number[] }[] = [];
  for (const subject of subjects) {
    const client = stack.use(await EchoClient.start(subject));
    clients.push({ name: subject.name, client, times: [] });
  }
  for (let round = -1; round < rounds; round++) {
    for (const { client, times } of clients) {
      for (let key = 0; key < KEYS_PER_ROUND; key++) {
        const taken = await client.key();
        if (round >= 0) times.push(taken);
      }
    }
  }
  const text = [
    `### Echo\n\nMilliseconds from a key to its echo, ${rounds * KEYS_PER_ROUND} keys each, in rounds of ${KEYS_PER_ROUND}. Each client runs in a terminal of the bench's`,
    "own; the program in the container is `cat` on a raw terminal. The bare terminal has the same `cat` on it, and nothing else.",
    "",
    table(
      ["", "p50", "p99"],
      clients.map(({ name, times }) => [
        name,
        quantile(times, 0.5).toFixed(2),
        quantile(times, 0.99).toFixed(2),
      ]),
    ),
  ].join("\n");
  return { text, targets: [] };
}

/** A client that is attached. */
class EchoClient implements AsyncDisposable {
  readonly #terminal: ClientTerminal;
  readonly #name: string;

  private constructor(name: string, terminal: ClientTerminal) {
    this.#name = name;
    this.#terminal = terminal;
  }

  /** Resolves when a key comes back. */
  static async start(subject: EchoSubject): Promise<EchoClient> {
    const client = new EchoClient(subject.name, new ClientTerminal(subject));
    try {
      await client.#begin();
      return client;
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  }

  // Whatever it prints at first is nothing of ours; then keys until one comes back.
  async #begin(): Promise<void> {
    const { master, child } = this.#terminal;
    let said = "";
    const deadline = performance.now() + BUDGET_MS;
    while (performance.now() < deadline && child.exitCode === null) {
      await master.input.write(Buffer.from("x"));
      const quiet = AbortSignal.timeout(500);
      try {
        for (;;) said += String((await master.output.read({ signal: quiet })) ?? "");
      } catch {
        // quiet
      }
      if (said.endsWith("x")) return;
    }
    throw new Error(`bench attach: ${this.#name} does not echo; it said: ${said.slice(-500)}`);
  }

  /** Milliseconds of one key. */
  async key(): Promise<number> {
    const { master } = this.#terminal;
    const began = performance.now();
    await master.input.write(Buffer.from("k"));
    const bytes = await master.output.read({ signal: AbortSignal.timeout(BUDGET_MS) });
    if (bytes === undefined) throw new Error(`bench attach: ${this.#name} has ended`);
    return performance.now() - began;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#terminal[Symbol.asyncDispose]();
  }
}
