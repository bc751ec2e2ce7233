// `hawser exec`: one more process in a container that runs. It is a session like the container's own: it can be left, listed,
// attached to again and killed, and how it ended is known until it is removed. One that is nobody's business any more, because
// whoever has started it has seen its end, is removed at once, unless it was given an id.
import { randomBytes } from "node:crypto";
import { HawserError } from "../../../proto/errors.ts";
import type { Exec } from "../../client/exec.ts";
import type { Task } from "../../client/task.ts";
import { refusal } from "../../oci/refusal.ts";
import { type Cli, type DefineCommand, type Example, ExitStatus } from "../cli.ts";
import { Flags } from "../flags.ts";
import { startFailure } from "../start-failure.ts";
import { takeSwitchValues } from "../switch-values.ts";
import { requireTerminal, runSession, terminalSize } from "../terminal/session.ts";
import { SessionMessages } from "../terminal/session-messages.ts";
import { parseDetachKeys } from "../values/detach-keys.ts";
import { parseDuration } from "../values/duration.ts";
import { parseEnv, readEnvFile } from "../values/env.ts";
import { parseUser } from "../values/user.ts";

export const examples: readonly Example[] = [
  ["exec -it web sh", "a shell in it; ctrl-p ctrl-q leaves it running"],
  ["exec web ps", "one program, with its output and its exit status"],
  ["exec -d --id backup --timeout 1h web backup-all", "in the background, under a name, and not for ever"],
  ["exec ls web", "what was started so"],
  ["exec attach web backup", "be in it again"],
  ["exec kill web backup", "end it"],
  ["exec rm web backup", "forget it, and how it ended"],
  ["exec -- ls ls -l /", 'ls in a container whose name is "ls": what is behind -- is no word of hawser\'s'],
];

/** How long the removal of what could not be started may take. Milliseconds. */
const UNDO_MS = 30_000;

const many = (value: string, earlier: string[] = []) => [...earlier, value];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container>", "id or name")
    .argument("<command...>", "program and its words")
    .passThroughOptions()
    .option("-i, --interactive", "give it an input: yours")
    .option("-t, --tty", "give it a terminal")
    .option("-d, --detach", "leave it running in the background, and print its id")
    .option("-e, --env <name[=value]>", "set a variable; a name alone passes on yours", many)
    .option("--env-file <file>", "set the variables of a file", many)
    .option("-w, --workdir <dir>", "directory it starts in; default: the container's")
    .option("-u, --user <user[:group]>", "user, by name or number; default: the container's")
    .option("--privileged", "give it all capabilities")
    .option("--detach-keys <keys>", "keys that leave it running; default: ctrl-p,ctrl-q; none: no keys")
    .option("--id, --name <id>", "what to call it; kept, with its exit status, until hawser exec rm")
    .option("--on-disconnect <what>", "when whoever is attached is lost: keep, hangup, kill", "keep")
    .option("--timeout <duration>", "kill it, with all its processes, when it has run so long: 30s, 5m");
  takeSwitchValues(command);
  command.action(async (reference: string, words: string[], values: Record<string, unknown>) => {
    const status = await runExec(cli, reference, words, new Flags(values));
    if (status !== 0) throw new ExitStatus(status);
  });
};

async function runExec(cli: Cli, reference: string, words: readonly string[], flags: Flags): Promise<number> {
  const isDetached = flags.isOn("--detach");
  flags.one("--detach-keys", parseDetachKeys);
  if (!isDetached)
    requireTerminal({ hasInput: flags.isOn("--interactive"), hasTerminal: flags.isOn("--tty") });
  const options = await execOptions(flags, words);
  const container = await cli.container(reference);
  await using task = await container.task({ signal: cli.signal });
  await using exec = await create(task, words, { ...options, signal: cli.signal });
  if (!isDetached) return await stayWith(cli, exec, words, flags);
  await start(exec, words);
  await cli.out.line(exec.execId);
  return 0;
}

async function execOptions(flags: Flags, args: readonly string[]) {
  const { env } = process;
  const files = await Promise.all(
    flags.texts("--env-file").map((path) => readEnvFile("--env-file", path, env)),
  );
  const variables = flags.many("--env", (flag, value) => parseEnv(flag, value, env));
  const workingDir = flags.one("--workdir", (flag, value) => ({ flag, value, dir: value }));
  flags.one("--user", parseUser);
  return {
    args,
    id: flags.text("--name") ?? randomBytes(6).toString("hex"),
    user: flags.text("--user"),
    terminal: flags.isOn("--tty") ? (terminalSize() ?? true) : false,
    stdio: {
      brokered: {
        onDisconnect: flags.one("--on-disconnect", parseOnDisconnect),
        timeoutMs: flags.one("--timeout", parseDuration),
      },
      stdin: flags.isOn("--interactive"),
    },
    wish: {
      env: [...files.flat(), ...variables],
      isPrivileged: flags.isOn("--privileged"),
      ...(workingDir === undefined ? {} : { workingDir }),
    },
  };
}

function parseOnDisconnect(flag: string, value: string): "keep" | "hangup" | "kill" {
  if (value === "keep" || value === "hangup" || value === "kill") return value;
  throw refusal({ flag, value }, "no such policy", "write keep, hangup or kill");
}

async function stayWith(cli: Cli, exec: Exec, words: readonly string[], flags: Flags): Promise<number> {
  const messages = new SessionMessages(cli.err);
  // From its first byte on. Nobody else reads it yet: a slow reader of ours holds it back, as a pipe would.
  const options = { replay: "all", whenSlow: "hold", onNotice: messages.onNotice } as const;
  await using session = await attachOrUndo(exec, options);
  const status = await runSession(cli, session, {
    hasInput: flags.isOn("--interactive"),
    detachKeys: flags.text("--detach-keys"),
    messages,
    begin: async () => await start(exec, words),
  });
  const { exit } = await session.ended;
  if (exit !== undefined && flags.text("--name") === undefined) await forget(exec);
  return status;
}

async function create(
  task: Task,
  words: readonly string[],
  options: Parameters<Task["exec"]>[0],
): Promise<Exec> {
  try {
    return await task.exec(options);
  } catch (caught) {
    throw startFailure(caught, words[0] ?? "");
  }
}

async function attachOrUndo(exec: Exec, options: Parameters<Exec["attach"]>[0]) {
  try {
    return await exec.attach(options);
  } catch (caught) {
    await forget(exec);
    throw new ExitStatus(125, HawserError.from(caught).message, { cause: caught });
  }
}

// What could not be started is not left.
async function start(exec: Exec, words: readonly string[]): Promise<void> {
  try {
    await exec.start();
  } catch (caught) {
    await forget(exec);
    throw startFailure(caught, words[0] ?? "");
  }
}

// On its own clock, and whatever comes of it: the exit status, or the first error, is what the user is told.
async function forget(exec: Exec): Promise<void> {
  try {
    await exec.delete({ force: true, timeoutMs: UNDO_MS });
  } catch {
    // hawser exec ls shows it, and hawser exec rm forgets it.
  }
}
