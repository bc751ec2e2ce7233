// `hawser logs`: what a container has printed, and what it prints.
import { InvalidArgumentError, Option } from "commander";
import type { LogOptions } from "../../client/logs.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { LOG_FORMATS, logPrinter } from "../logs/log-printer.ts";
import { parseTime } from "../values/time.ts";

export const examples: readonly Example[] = [
  ["logs --tail 20 -f web", "the last 20 lines, and what comes"],
  ["logs --since 10m --stream stderr -t web", "what went wrong in the last ten minutes, with times"],
  ["logs --format json --from-offset 1048576 web", "all from a place of the output on, for a program"],
];

/** As commander makes them. */
interface Flags {
  readonly follow?: boolean;
  readonly since?: Date;
  readonly until?: Date;
  readonly tail?: number | "all";
  readonly timestamps?: boolean;
  readonly stream?: "stdout" | "stderr";
  readonly fromOffset?: bigint;
  readonly format: (typeof LOG_FORMATS)[number];
  readonly exec?: string;
}

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Prints what a container has printed. It needs neither the container to run nor its shim to be there. " +
        "What is not kept any more, or was dropped, is said where it is missing.",
    )
    .argument("<container>", "id, name, or the beginning of an id")
    .option("-f, --follow", "go on with what comes, until nothing can come any more")
    .option(
      "--since <time>",
      'not before: "2026-01-31T12:00:00Z", "10m" ago, seconds since 1970',
      time("--since"),
    )
    .option("--until <time>", "before", time("--until"))
    .option("-n, --tail <lines>", 'so many lines from the end, or "all"', lines)
    .option("-t, --timestamps", "begin each line with its time")
    .addOption(new Option("--stream <name>", "only this one").choices(["stdout", "stderr"]))
    .option("--from-offset <place>", "from this byte of the output on", place)
    .addOption(new Option("--format <format>", "how to print").choices(LOG_FORMATS).default("text"))
    .option("--exec <id>", "of an exec that was given a log")
    .action(async (reference: string, flags: Flags) => await printLog(cli, reference, flags));
};

async function printLog(cli: Cli, reference: string, flags: Flags): Promise<void> {
  const container = await cli.container(reference);
  const { follow, since, until, stream, fromOffset, exec: execId, format, timestamps = false } = flags;
  const tail = flags.tail === "all" ? undefined : flags.tail;
  const streams = stream === undefined ? undefined : [stream];
  const options: LogOptions = { follow, since, until, tail, streams, fromOffset, execId, signal: cli.signal };
  const printer = logPrinter(format, { hasTimes: timestamps }, cli);
  if (follow) cli.endWithReader();
  for await (const part of container.logs(options)) await printer.print(part);
  await printer.end();
}

function time(flag: string): (value: string) => Date {
  return (value) => parseTime(flag, value);
}

// commander makes an empty text of undefined.
function lines(value: string): number | "all" {
  if (value === "all" || value === "-1") return "all";
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidArgumentError(`"${value}" is no number of lines; write one, or all`);
}

function place(value: string): bigint {
  if (/^\d{1,20}$/.test(value) && BigInt(value) < 2n ** 64n) return BigInt(value);
  throw new InvalidArgumentError(`"${value}" is no place in an output; write a number of bytes`);
}
