// `hawser exec ls`: what was started in a container with `hawser exec`, and how it ended.
import type { DefineCommand, Example } from "../cli.ts";
import { type ListedExec, listExecs } from "../exec-id.ts";
import { type Field, FORMAT_HELP, type Format, parseFormat, printRows } from "../format.ts";
import { durationWords, timeAgo } from "../time-text.ts";

export const examples: readonly Example[] = [
  ["exec ls web", "those of web"],
  ["exec ls -q web", "ids alone"],
  ["exec ls --format '{{.ID}} {{.Status}}' web", "columns of your own"],
];

interface Flags {
  readonly quiet: boolean;
  readonly trunc: boolean;
  readonly format: Format | undefined;
}

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container>", "id or name")
    .option("-q, --quiet", "ids alone", false)
    .option("--no-trunc", "cut nothing")
    .option("--format <format>", FORMAT_HELP, parseFormat)
    .action(async (reference: string, { quiet, trunc, format }: Flags) => {
      const execs = await listExecs(cli, await cli.container(reference));
      const options = quiet
        ? { columns: [], format: parseFormat("{{.ID}}") }
        : { columns: ["ID", "Status", "Pid", "Command"], format, isWhole: !trunc };
      await printRows(cli.out, execs, { fields: fields(Date.now()), ...options });
    });
};

function fields(now: number): Field<ListedExec>[] {
  return [
    { name: "ID", title: "EXEC ID", of: ({ execId }) => execId },
    { name: "Status", title: "STATUS", of: (exec) => statusText(exec, now) },
    { name: "State", title: "STATE", of: ({ state }) => state },
    { name: "Pid", title: "PID", of: ({ pid }) => (pid === 0 ? "" : pid) },
    { name: "TTY", title: "TTY", of: ({ isTerminal }) => isTerminal },
    { name: "CreatedAt", title: "CREATED AT", of: ({ createdAt }) => createdAt?.toISOString() ?? "" },
    { name: "StartedAt", title: "STARTED AT", of: ({ startedAt }) => startedAt?.toISOString() ?? "" },
    { name: "ExitCode", title: "EXIT CODE", of: ({ end }) => end?.exitStatus ?? "" },
    { name: "Command", title: "COMMAND", of: ({ args }) => args.join(" "), isElastic: true },
  ];
}

function statusText({ state, startedAt, end }: ListedExec, now: number): string {
  if (end !== undefined) {
    const how = end.isUnknown ? "unknown" : end.exitStatus;
    return `Exited (${how}) ${timeAgo(end.exitedAt, now)}`.trimEnd();
  }
  if (state === "running" && startedAt !== undefined) return `Up ${durationWords(now - startedAt.getTime())}`;
  return state.charAt(0).toUpperCase() + state.slice(1);
}
