// The flags of `hawser attach` and `hawser exec attach`, and what both do with them.
import type { Command } from "commander";
import { Code, HawserError } from "../../proto/errors.ts";
import type { AttachSessionOptions, Replay } from "../client/attach/attach-options.ts";
import type { Container } from "../client/container.ts";
import { refusal } from "../oci/refusal.ts";
import { type Cli, ExitStatus } from "./cli.ts";
import { Flags } from "./flags.ts";
import { takeSwitchValues } from "./switch-values.ts";
import { runSession } from "./terminal/session.ts";
import { SessionMessages } from "./terminal/session-messages.ts";
import { parseDetachKeys } from "./values/detach-keys.ts";
import { parseMemorySize } from "./values/memory-size.ts";

/** Gives a command the flags. */
export function defineAttachFlags(command: Command): void {
  command
    .option("--no-stdin", "pass on nothing that is typed")
    .option("--end-input", "when your input ends, end the container's, for everybody; else it stays open")
    .option("--detach-keys <keys>", "keys that leave it running; default: ctrl-p,ctrl-q; none: no keys")
    .option("--sig-proxy", "pass signals on to it, without a terminal", true)
    .option("--no-sig-proxy", "keep signals for hawser: they leave it")
    .option("--replay <amount>", "begin with what was printed before: 64k, all, none", "none")
    .option("--from-offset <place>", "begin at this byte of the output")
    .option("--read-only", "only look: hawserd's shim refuses input, sizes and signals of this session")
    .option("--no-resize", "leave the size of the terminal to others");
  takeSwitchValues(command);
}

/** Attaches as the flags say, and stays until the process ends or the user leaves. Throws ExitStatus with its status. */
export async function attachTo(
  cli: Cli,
  container: Container,
  values: Readonly<Record<string, unknown>>,
  execId?: string,
): Promise<void> {
  const flags = new Flags(values);
  flags.one("--detach-keys", parseDetachKeys);
  const messages = new SessionMessages(cli.err);
  const isReadOnly = flags.isOn("--read-only");
  const options: AttachSessionOptions = {
    replay: replayOf(flags),
    isReadOnly,
    noResize: values["resize"] === false,
    onNotice: messages.onNotice,
    signal: cli.signal,
  };
  await using session = await container.attach({ ...options, execId });
  if (session.id === 0n && options.replay === "none") throw notRunning(container.id, execId);
  const status = await runSession(cli, session, {
    hasInput: values["stdin"] !== false && !isReadOnly,
    detachKeys: flags.text("--detach-keys"),
    sigProxy: flags.isOn("--sig-proxy") && !isReadOnly,
    endsInput: flags.isOn("--end-input"),
    isWatching: true,
    isRedrawing: true,
    messages,
  });
  if (status !== 0) throw new ExitStatus(status);
}

function replayOf(flags: Flags): Replay {
  const fromOffset = flags.one("--from-offset", (flag, value) => {
    if (/^\d{1,20}$/.test(value)) return BigInt(value);
    throw refusal({ flag, value }, "no place in the output", "write a number of bytes");
  });
  if (fromOffset !== undefined) return { fromOffset };
  const replay = flags.one("--replay", (flag, value) =>
    value === "all" || value === "none" ? value : { lastBytes: parseMemorySize(flag, value) },
  );
  return replay ?? "none";
}

// docker refuses it, too; whoever asks for what it has printed gets that.
function notRunning(containerId: string, execId: string | undefined): HawserError {
  const what = execId === undefined ? `container "${containerId}"` : `exec "${execId}"`;
  const advice = "hawser logs shows what it printed, --replay all does, too, and hawser start -ai starts it";
  return new HawserError(Code.FailedPrecondition, `attach to ${what}: it has ended; ${advice}`);
}
