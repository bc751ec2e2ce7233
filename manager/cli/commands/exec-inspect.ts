// `hawser exec inspect`: everything that hawserd knows of processes that `hawser exec` has started, as JSON.
import type { DefineCommand, Example } from "../cli.ts";
import { findExec, type ListedExec } from "../exec-id.ts";

export const examples: readonly Example[] = [["exec inspect web backup", "one of them"]];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container>", "id or name")
    .argument("<exec...>", "their ids, or the beginnings of them")
    .action(async (reference: string, ids: string[]) => {
      const container = await cli.container(reference);
      const found: ListedExec[] = [];
      for (const id of ids) found.push(await findExec(cli, container, id));
      await cli.out.line(JSON.stringify(found.map(describe), undefined, 4));
    });
};

// docker's names, where docker has one.
function describe(exec: ListedExec) {
  const { execId, containerId, state, pid, end, args, isTerminal } = exec;
  const [entrypoint = "", ...others] = args;
  return {
    ID: execId,
    ContainerID: containerId,
    Running: state === "running" || state === "paused",
    State: state,
    Pid: pid,
    ExitCode: end?.exitStatus ?? null,
    Signal: end?.signal ?? 0,
    OOMKilled: end?.oom ?? false,
    ExitIsUnknown: end?.isUnknown ?? false,
    Output: end?.output ?? "open",
    CreatedAt: exec.createdAt ?? null,
    StartedAt: exec.startedAt ?? null,
    FinishedAt: end?.exitedAt ?? null,
    OpenStdin: exec.stdin !== "",
    ProcessConfig: { entrypoint, arguments: others, tty: isTerminal },
    Stdio: { stdin: exec.stdin, stdout: exec.stdout, stderr: exec.stderr },
  };
}
