// What ps(1) printed, without the lines of processes that are not wanted. Pure.
import { Code, HawserError } from "../../proto/errors.ts";

/** The heading and the lines of these pids. Throws InvalidArgument when there is no column PID to tell them by. */
export function onlyPids(text: string, pids: ReadonlySet<number>): string[] {
  const [heading = "", ...lines] = text.trimEnd().split("\n");
  const column = heading.trim().split(/\s+/).indexOf("PID");
  if (column < 0) {
    throw new HawserError(
      Code.InvalidArgument,
      "top: ps shows no column PID with these options; add pid to them",
    );
  }
  return [heading, ...lines.filter((line) => pids.has(Number(line.trim().split(/\s+/)[column])))];
}
