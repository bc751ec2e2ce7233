// `hawser run`: makes a container, starts it, and stays with it unless told not to.
// Exit status: the container's own; 125 when hawser could not do it, 126 when the program cannot be executed, 127 when there is
// none of that name. A container that could not be started is removed again: it has nothing to tell.
// Always true: once it runs, nothing that becomes of this command harms it.
import { refusal } from "../../oci/refusal.ts";
import { startAttached } from "../attached-start.ts";
import { CidFile } from "../cid-file.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { createContainer } from "../container-create.ts";
import { defineContainerFlags } from "../container-flags.ts";
import { takeBack } from "../container-removal.ts";
import { conflict } from "../container-request.ts";
import { startContainer } from "../container-start.ts";
import { ExitStatus } from "../exit-status.ts";
import { Flags } from "../flags.ts";
import { requireTerminal, terminalSize } from "../terminal/session.ts";
import { parseDetachKeys } from "../values/detach-keys.ts";

export const examples: readonly Example[] = [
  ["run -it --rm busybox", "a shell with a terminal, gone when it ends; ctrl-p ctrl-q leaves it running"],
  [
    "run -d --name web -v ./site:/www busybox httpd -f -h /www",
    "a server in the background; its output: hawser logs web",
  ],
  ["run --rm -m 64m --network none busybox sh -c 'echo $((6 * 7))'", "one program, with limits"],
];

export const define: DefineCommand = (command, cli) => {
  command.argument("<image>", "image to run").argument("[command...]", "program and its words");
  command
    .option("-d, --detach", "leave it running in the background, and print its id")
    .option(
      "-a, --attach <stream>",
      "attach stdin, stdout or stderr only",
      (value, earlier: string[] = []) => [...earlier, value],
    )
    .option("--detach-keys <keys>", "keys that leave it running; default: ctrl-p,ctrl-q")
    .option("--sig-proxy", "pass signals on to it, without a terminal", true)
    .option("--no-sig-proxy", "keep signals for hawser");
  defineContainerFlags(command);
  command.action(async (image: string, words: string[], values: Record<string, unknown>) => {
    const status = await run(cli, image, words, new Flags(values));
    if (status !== 0) throw new ExitStatus(status);
  });
};

async function run(cli: Cli, image: string, words: readonly string[], flags: Flags): Promise<number> {
  const streams = streamsOf(flags);
  const isDetached = flags.isOn("--detach");
  if (isDetached && streams !== undefined) {
    throw conflict("-d and -a", "one leaves it in the background, the other attaches to it");
  }
  flags.one("--detach-keys", parseDetachKeys);
  const hasTerminal = flags.isOn("--tty");
  const hasInput = flags.isOn("--interactive") && streams?.has("stdin") !== false;
  if (!isDetached) requireTerminal({ hasInput, hasTerminal });
  const path = flags.text("--cidfile");
  await using cidFile = path === undefined ? undefined : await CidFile.make(path);
  const size = hasTerminal ? terminalSize() : undefined;
  const more =
    size === undefined ? {} : { wish: { consoleSize: { width: size.columns, height: size.rows } } };
  const { container } = await createContainer(cli, {
    image,
    words,
    flags,
    cidFile,
    more,
    isStartedAtOnce: true,
  });
  let hasStarted = false;
  try {
    if (isDetached) {
      await startContainer(container, { signal: cli.signal });
      hasStarted = true;
      await cli.out.line(container.id);
      return 0;
    }
    return await startAttached(cli, container, {
      hasInput,
      streams,
      detachKeys: flags.text("--detach-keys"),
      sigProxy: flags.isOn("--sig-proxy"),
      onStarted: () => {
        hasStarted = true;
      },
    });
  } catch (error) {
    if (!hasStarted) {
      await takeBack(container);
      cidFile?.drop();
    }
    throw error;
  }
}

function streamsOf(flags: Flags): ReadonlySet<"stdin" | "stdout" | "stderr"> | undefined {
  const names = flags.many("--attach", (flag, value) => {
    const name = value.toLowerCase();
    if (name === "stdin" || name === "stdout" || name === "stderr") return name;
    throw refusal({ flag, value }, "no stream", "write stdin, stdout or stderr");
  });
  return names.length === 0 ? undefined : new Set(names);
}
