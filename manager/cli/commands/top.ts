// `hawser top`: the processes of a container, as ps(1) of this machine shows them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Code, HawserError, isErrno, messageOf } from "../../../proto/errors.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { onlyPids } from "../ps-lines.ts";

export const examples: readonly Example[] = [
  ["top web", "what runs in web"],
  ["top web -o pid,rss,args", "with columns of ps"],
];

const run = promisify(execFile);

/** More than the list of a busy machine has. Bytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Show the processes of a container. Options behind the container are those of ps(1); pids are this machine's.",
    )
    .argument("<container>", "id or name")
    .argument("[ps-options...]", "default: -ef")
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (reference: string, options: readonly string[]) => {
      const container = await cli.container(reference);
      await using task = await container.task({ signal: cli.signal });
      const pids = await task.pids({ signal: cli.signal });
      const listed = await ps(options.length > 0 ? options : ["-ef"], cli.signal);
      for (const line of onlyPids(listed, new Set(pids))) await cli.out.line(line);
    });
};

async function ps(options: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    return (await run("ps", options, { signal, maxBuffer: MAX_OUTPUT_BYTES })).stdout;
  } catch (cause) {
    signal.throwIfAborted();
    const reason = isErrno(cause, "ENOENT")
      ? "there is no ps on this machine; install procps"
      : messageOf(cause).trim().split("\n").at(-1);
    throw new HawserError(Code.FailedPrecondition, `top: run ps ${options.join(" ")}: ${reason}`, { cause });
  }
}
