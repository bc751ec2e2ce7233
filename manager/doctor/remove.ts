// Removes findings, one by one, in the order of their kinds. Always true: what is removed is what was found, because each
// is looked at again first, by what tells it from a later one of the same name (start time, inode); nothing is deleted
// through a mount; a failure is told and the others go on.
// While hawserd runs, content and snapshots are its own to remove: it alone knows that nobody is about to record them, so it
// is asked to collect its garbage. Without it, whoever calls holds the locks of the directories.
import { renameSync, unlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isErrno, messageOf } from "../../proto/errors.ts";
import { removeCgroup } from "../../sys/cgroup.ts";
import { unmountAll } from "../../sys/mount.ts";
import { mountsUnder } from "../../sys/mount-table.ts";
import { PidFd } from "../../sys/pidfd.ts";
import { isAnswered } from "../socket-probe.ts";
import type { PlaceFact } from "./facts.ts";
import { placeAt } from "./find-files.ts";
import { FINDING_KINDS, type Finding } from "./judge.ts";

/** What became of a finding. */
export interface Removal {
  readonly finding: Finding;
  /** `gone`: it was not there any more, or another thing of that name was. */
  readonly outcome: "removed" | "gone" | "kept";
  /** Why it was kept. */
  readonly reason?: string;
}

/** What removing takes besides the findings. */
export interface RemoveOptions {
  /** Looks again and says what nobody owns then. */
  readonly lookAgain: () => Promise<Finding[]>;
  /** Has hawserd collect its garbage; undefined when it does not run. */
  readonly collectGarbage: (() => Promise<void>) | undefined;
}

const SIGKILL = 9;

/** A killed process ends at once, unless it hangs in the kernel. Milliseconds. */
const END_BUDGET_MS = 5_000;

const OF_HAWSERD: readonly Finding["kind"][] = ["snapshot", "ingest", "blob"];

/** Removes what nobody owns at the second look, either. Tells each as it is done. */
export async function* removeFindings(
  findings: readonly Finding[],
  { lookAgain, collectGarbage }: RemoveOptions,
): AsyncGenerator<Removal, void, undefined> {
  const still = new Set((await lookAgain()).map(identityOf));
  const ordered = [...findings].sort((a, b) => FINDING_KINDS.indexOf(a.kind) - FINDING_KINDS.indexOf(b.kind));
  let collected: Promise<void> | undefined;
  for (const finding of ordered) {
    if (!still.has(identityOf(finding))) {
      yield { finding, outcome: "gone" };
      continue;
    }
    try {
      if (collectGarbage !== undefined && OF_HAWSERD.includes(finding.kind)) {
        collected ??= collectGarbage();
        await collected;
        const isThere = isSame(finding.fact as PlaceFact);
        yield isThere ? kept(finding, "hawserd keeps it") : { finding, outcome: "removed" };
      } else {
        yield await removeOne(finding);
      }
    } catch (error) {
      yield kept(finding, messageOf(error));
    }
  }
}

/** What tells a finding from another one, from look to look. */
export function identityOf({ kind, name, fact }: Finding): string {
  const part = "inode" in fact ? fact.inode : "startTime" in fact ? fact.startTime : "";
  // The command of a process may change; the rest of its name does not.
  return `${kind} ${"startTime" in fact ? fact.pid : name} ${part}`;
}

async function removeOne(finding: Finding): Promise<Removal> {
  switch (finding.kind) {
    case "shim":
    case "process":
      return await killProcess(finding, finding.fact);
    case "runtime-state": {
      const { init } = finding.fact;
      const killed = init === undefined ? undefined : await killProcess(finding, init);
      return killed?.outcome === "kept" ? killed : await removeTree(finding, finding.fact);
    }
    case "mount":
      if (mountsUnder(finding.fact.target).length === 0) return { finding, outcome: "gone" };
      await unmountAll(finding.fact.target);
      return { finding, outcome: "removed" };
    case "cgroup":
      if (!isSame(finding.fact)) return { finding, outcome: "gone" };
      return removeCgroup(finding.fact.path)
        ? { finding, outcome: "removed" }
        : kept(finding, "there are processes in it");
    case "socket":
      if (!isSame(finding.fact)) return { finding, outcome: "gone" };
      if (await isAnswered(finding.fact.path)) return kept(finding, "somebody listens by now");
      unlinkSync(finding.fact.path);
      return { finding, outcome: "removed" };
    default:
      return await removeTree(finding, finding.fact);
  }
}

async function killProcess(
  finding: Finding,
  { pid, startTime }: { readonly pid: number; readonly startTime: bigint },
): Promise<Removal> {
  let process: PidFd;
  try {
    process = PidFd.open(pid, startTime);
  } catch (error) {
    if (isErrno(error, "ESRCH")) return { finding, outcome: "gone" };
    throw error;
  }
  using held = process;
  held.send(SIGKILL);
  const ended = held.ended({ signal: AbortSignal.timeout(END_BUDGET_MS) }).then(
    () => true,
    () => false,
  );
  return (await ended) ? { finding, outcome: "removed" } : kept(finding, "it was killed and does not end");
}

let count = 0;

// Moved aside first and looked at there: if somebody has put another one in its place meanwhile, that goes back.
async function removeTree(finding: Finding, place: PlaceFact): Promise<Removal> {
  const { path } = place;
  if (!isSame(place)) return { finding, outcome: "gone" };
  if (mountsUnder(path).length > 0) return kept(finding, "something is mounted in it");
  const aside = join(dirname(path), `.${basename(path).slice(0, 200)}.${process.pid}.${count++}.removed`);
  renameSync(path, aside);
  if (placeAt(aside)?.inode !== place.inode || mountsUnder(aside).length > 0) {
    renameSync(aside, path);
    return kept(finding, "it is in use by now");
  }
  await rm(aside, { recursive: true, force: true });
  return { finding, outcome: "removed" };
}

function isSame({ path, inode }: PlaceFact): boolean {
  return placeAt(path)?.inode === inode;
}

function kept(finding: Finding, reason: string): Removal {
  return { finding, outcome: "kept", reason };
}
