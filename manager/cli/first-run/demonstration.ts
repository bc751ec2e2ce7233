// The first look of somebody without a terminal: a minute of real commands with what they print, ended by what hawser is for: the
// manager is killed while somebody watches a container, and nothing is lost.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Code, HawserError } from "../../../proto/errors.ts";
import type { Output } from "../cli.ts";
import type { FirstRunPlace, Outcome } from "./place.ts";

/** How far the container counts; output that arrives by then is not all that is on its way. */
const LAST = 3_000;
/** When the manager is killed. */
const KILL_AT = 500;
const COUNT = `i=0; while [ $i -lt ${LAST} ]; do i=$((i+1)); echo $i; [ $((i % 100)) = 0 ] && sleep 0.1; done; exit 3`;

/** Shows it. Throws what did not go as it should. */
export async function demonstrate(place: FirstRunPlace, out: Output): Promise<void> {
  const show = new Show(place, out);
  await show.title("A container's output and its exit status");
  await show.run(["run", "--rm", "busybox", "echo", "hello from a container"], 0);
  await show.run(["run", "--rm", "busybox", "sh", "-c", "echo to stderr >&2; exit 7"], 7);

  await show.title(`One that counts to ${LAST}, watched while the manager is killed`);
  await show.run(["run", "--detach", "--name", "counter", "busybox", "sh", "-c", COUNT], 0);
  await show.command(["attach", "--no-stdin", "--replay", "all", "counter"]);
  const watcher = new Watcher(
    place.spawn(["attach", "--no-stdin", "--replay", "all", "counter"], ["ignore", "pipe", "inherit"]),
  );
  await watcher.hasSeen(KILL_AT);
  const pid = await managerPid(place);
  process.kill(pid, "SIGKILL");
  await out.line(`  (at ${watcher.count} lines: kill -9 of hawserd, pid ${pid})`);
  const status = await watcher.ended;
  await out.line(`  ${watcher.summary(LAST)}; exit status ${status}`);
  if (!watcher.isComplete(LAST) || status !== 3) {
    throw new HawserError(
      Code.DataLoss,
      `the counter was watched to ${watcher.summary(LAST)} and status ${status}`,
    );
  }

  await show.title("A new manager finds everything");
  await show.run(["ps", "--all", "--format", "{{.Names}}  {{.Status}}"], 0);
  const { stdout: log } = await show.quietly(["logs", "counter"]);
  await out.line(`  ${log.split("\n").length - 1} lines in its log`);

  await show.title("And every event, in order, from the first one on");
  await show.run(["events", "--since", "0", "--no-follow"], 0);
}

class Show {
  readonly #place: FirstRunPlace;
  readonly #out: Output;

  constructor(place: FirstRunPlace, out: Output) {
    this.#place = place;
    this.#out = out;
  }

  async title(text: string): Promise<void> {
    await this.#out.line(`\n${text}`);
  }

  async command(args: readonly string[]): Promise<void> {
    const words = args.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word}'`));
    await this.#out.line(`$ hawser ${words.join(" ")}`);
  }

  /** Runs it, shows what it prints, and demands its status. */
  async run(args: readonly string[], expected: number): Promise<void> {
    await this.command(args);
    const outcome = await this.#place.hawser(...args);
    for (const line of [...linesOf(outcome.stdout), ...linesOf(outcome.stderr)])
      await this.#out.line(`  ${line}`);
    if (expected !== 0) await this.#out.line(`  exit status ${outcome.status}`);
    check(args, outcome, expected);
  }

  /** The same without showing what it prints. */
  async quietly(args: readonly string[]): Promise<Outcome> {
    await this.command(args);
    const outcome = await this.#place.hawser(...args);
    check(args, outcome, 0);
    return outcome;
  }
}

/** Counts the lines of a program as they come. */
class Watcher {
  readonly ended: Promise<number>;
  #text = "";
  #wake: (() => void) | undefined;
  #hasEnded = false;

  constructor(child: ChildProcess) {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
      this.#wake?.();
    });
    this.ended = once(child, "close").then(([status]) => {
      this.#hasEnded = true;
      this.#wake?.();
      return status ?? -1;
    });
  }

  get count(): number {
    return linesOf(this.#text).length;
  }

  async hasSeen(lines: number): Promise<void> {
    while (this.count < lines && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  isComplete(last: number): boolean {
    const lines = linesOf(this.#text);
    return lines.length === last && lines.every((line, at) => line === String(at + 1));
  }

  summary(last: number): string {
    const lines = linesOf(this.#text);
    if (this.isComplete(last)) return `1 to ${last}: every line came, once and in order`;
    return `${lines.length} of ${last} lines, the last one ${JSON.stringify(lines.at(-1) ?? "")}`;
  }
}

async function managerPid(place: FirstRunPlace): Promise<number> {
  const { stdout } = await place.hawser("info", "--format", "{{.Pid}}");
  const pid = Number(stdout);
  // Somebody else's process is never killed.
  if (
    Number.isSafeInteger(pid) &&
    pid > 0 &&
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(place.dir)
  ) {
    return pid;
  }
  throw new HawserError(Code.Internal, `pid ${stdout.trim()} is not this demonstration's hawserd`);
}

function check(args: readonly string[], { status, stderr }: Outcome, expected: number): void {
  if (status === expected) return;
  const message = `hawser ${args[0]}: ended with ${status}, ${expected} was expected: ${stderr.trim()}`;
  throw new HawserError(Code.Internal, message);
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  // What has no newline yet is no line.
  lines.pop();
  return lines.map((line) => line.replace(/\r$/, ""));
}
