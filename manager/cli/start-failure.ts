// Why a container could not be started, as an exit status: 127 when its program is not there, 126 when it is and cannot be
// executed, 125 for everything else. OCI runtimes say it in words alone, each in its own; these are the words of runc and crun about
// the program itself, at the place where they stand, so that a mount of which a part is missing is not mistaken for it.
// Shown by test/unit/manager/cli/start-failure.test.ts (words) and test/integration/hawser-run-bad-input.test.ts (runtimes).
import { HawserError } from "../../proto/errors.ts";
import { EXIT_HAWSER, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, ExitStatus } from "./exit-status.ts";

// runc: exec: "nosuch": executable file not found in $PATH · exec: "/no/such": stat /no/such: no such file or directory
//       exec: "/etc/passwd": permission denied · exec: "/etc": is a directory
// crun: executable file `nosuch` not found in $PATH: No such file or directory · open executable: Permission denied
// What failed before the program was looked for has other words in front.
const RUNC =
  /OCI runtime (?:create|start|exec) failed: (?:runc [a-z]+ failed: )?unable to start container process: exec: ("(?:[^"\\]|\\.)*"): (.*)$/s;
const CRUN =
  /OCI runtime (?:create|start|exec) failed: (?:executable file (`.*`) not found|open executable: (.*)$)/s;

/** What is the matter with the program; undefined when it is something else. */
export function programFailure(message: string): { status: 126 | 127; why: string } | undefined {
  const runc = RUNC.exec(message);
  if (runc !== null) return judge(runc[2] ?? "");
  const crun = CRUN.exec(message);
  if (crun === null) return undefined;
  return crun[1] === undefined ? judge(crun[2] ?? "") : { status: EXIT_NOT_FOUND, why: "" };
}

function judge(words: string): { status: 126 | 127; why: string } {
  const isMissing = /not found in \$PATH|no such file or directory|not a directory/i.test(words);
  return isMissing
    ? { status: EXIT_NOT_FOUND, why: "" }
    : {
        status: EXIT_NOT_EXECUTABLE,
        why: words
          .trim()
          .replace(/^stat .*: /, "")
          .toLowerCase(),
      };
}

/** The error that ends a command whose container could not be started. `program`: the first of its words. */
export function startFailure(caught: unknown, program: string): ExitStatus {
  const { message } = HawserError.from(caught);
  const failure = programFailure(message);
  const what = `run ${JSON.stringify(program)}`;
  if (failure === undefined) return new ExitStatus(EXIT_HAWSER, message, { cause: caught });
  const sentence =
    failure.status === EXIT_NOT_FOUND
      ? `${what}: there is no such program in the container; check its name and the container's PATH`
      : `${what}: it is there and cannot be executed: ${failure.why}; check its mode, or name its interpreter`;
  return new ExitStatus(failure.status, sentence, { cause: caught });
}
