// `hawser doctor`: finds what nobody owns and, when asked, removes it. Works while hawserd runs and when it does not; to
// remove without it, it takes its place by holding the locks, so that none starts in between.
// Exit status: 0 nothing is left, 1 something is, 2 it could not be found out.
import { randomUUID } from "node:crypto";
import { Option } from "commander";
import { HawserError } from "../../../proto/errors.ts";
import { Content, WriteAction } from "../../../proto/gen/content.ts";
import { Leases } from "../../../proto/gen/leases.ts";
import { Namespaces } from "../../../proto/gen/namespaces.ts";
import { Connection } from "../../client/connection.ts";
import { serviceClient } from "../../client/service-client.ts";
import { examine } from "../../doctor/examine.ts";
import { judge } from "../../doctor/judge.ts";
import { type Removal, removeFindings } from "../../doctor/remove.ts";
import { formatReport, leftOver, type Report, type ReportFormat } from "../../doctor/report.ts";
import { InstanceLock } from "../../instance-lock.ts";
import { Layout, type Places } from "../../layout.ts";
import { type Cli, type DefineCommand, type Example, ExitStatus } from "../cli.ts";

/** A collection of a large store takes a while. Milliseconds. */
const COLLECT_BUDGET_MS = 300_000;

export const examples: readonly Example[] = [
  ["doctor", "what is left over; the exit status is 1 when anything is"],
  ["doctor --remove", "remove it"],
  ["doctor --format json", "for programs"],
];

interface Flags {
  readonly remove: boolean;
  readonly format: ReportFormat;
}

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Find what nobody owns: processes, mounts, sockets, cgroups, files. Exit status 1 when there is any, 2 when it could not be " +
        "found out. Works with hawserd and without, and never starts it.",
    )
    .option("--remove", "remove it", false)
    .addOption(new Option("--format <format>", "how to print it").choices(["table", "json"]).default("table"))
    .action(async (flags: Flags) => await runDoctor(flags, cli));
};

async function runDoctor({ remove, format }: Flags, cli: Cli): Promise<void> {
  // What is half removed is found again by the next one, and locks end with the process.
  cli.takeSignals();
  const report = await makeReport(cli.globals, remove);
  await cli.out.write(formatReport(report, format));
  if (leftOver(report) > 0) throw new ExitStatus(1);
}

async function makeReport(places: Places, isRemoving: boolean): Promise<Report> {
  const layout = new Layout(places);
  const facts = await examine(layout);
  const findings = judge(facts);
  if (!isRemoving || findings.length === 0) return { now: facts.now, findings, removals: undefined };
  using _lock = facts.isServed ? undefined : lock(places);
  const removals: Removal[] = [];
  const lookAgain = async () => judge(await examine(layout));
  const collectGarbage = facts.isServed ? () => collect(places.address) : undefined;
  for await (const removal of removeFindings(findings, { lookAgain, collectGarbage })) removals.push(removal);
  return { now: facts.now, findings: removals.map((removal) => removal.finding), removals };
}

function lock({ root, state }: Places): InstanceLock {
  try {
    return InstanceLock.acquire([
      { path: root, mode: 0o711, flag: "--root" },
      { path: state, mode: 0o711, flag: "--state" },
    ]);
  } catch (error) {
    throw HawserError.from(error).wrap("keep hawserd from starting meanwhile");
  }
}

// containerd's API has no word for it; the deletion of a lease that waits for the collection is one. What has no record is
// only looked for after something was collected: a blob of ours, which nobody refers to.
async function collect(address: string): Promise<void> {
  using connection = new Connection(address);
  const budget = { timeoutMs: COLLECT_BUDGET_MS };
  const namespaces = serviceClient(connection, Namespaces, {});
  const existing = (await namespaces.list({}, budget)).namespaces[0]?.name;
  const namespace = existing ?? `doctor-${process.pid}`;
  const id = `doctor-${randomUUID()}`;
  const writing = serviceClient(connection, Content, { namespace }).write(budget);
  await writing.send({ action: WriteAction.COMMIT, ref: id, data: Buffer.from(id) });
  writing.end();
  for await (const _ of writing);
  const leases = serviceClient(connection, Leases, { namespace });
  await leases.create({ id }, budget);
  await leases.delete({ id, sync: true }, budget);
  if (existing === undefined) await namespaces.delete({ name: namespace }, budget);
}
