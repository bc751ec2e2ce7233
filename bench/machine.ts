// What a number is worth nothing without: the machine, the kernel, the engine, the date and the commit it came from.
import { execFileSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

/** One line of Markdown. `sources` are the paths that the commit has to be true for. */
export function describeRun(sources: readonly string[]): string {
  const cores = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const machine = `${cores[0]?.model.trim() ?? "unknown processor"}, ${cores.length} cores, ${memory} GiB`;
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${machine}; Linux ${release()}; Node ${process.version}; ${date}; commit ${commit(sources)}.`;
}

function commit(sources: readonly string[]): string {
  const directory = import.meta.dirname;
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: directory,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    const top = git("rev-parse", "--show-toplevel");
    const changed = git("status", "--porcelain", "--", ...sources.map((path) => `${top}/${path}`));
    return `${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : " with uncommitted changes"}`;
  } catch {
    // A copy of the sources without their history can be measured, too.
    return "unknown";
  }
}
