// `hawser first-run`: what `npm start` is. At a terminal a shell in a container, otherwise a demonstration; everything in a place of its
// own that is gone at the end.
import { Code, HawserError } from "../../../proto/errors.ts";
import { type DefineCommand, type Example, ExitStatus } from "../cli.ts";
import { demonstrate } from "../first-run/demonstration.ts";
import { FirstRunPlace } from "../first-run/place.ts";
import { openShell } from "../first-run/shell.ts";

export const examples: readonly Example[] = [["first-run", "a shell, or without a terminal a demonstration"]];

export const define: DefineCommand = (command, cli) => {
  command.action(async () => {
    if (process.geteuid?.() !== 0) {
      const reason = "makes containers, which needs root; run it with sudo";
      throw new HawserError(Code.PermissionDenied, `first run: ${reason}`);
    }
    await using place = new FirstRunPlace(cli.binDir);
    if (process.stdin.isTTY !== true || !cli.out.isTerminal) {
      await demonstrate(place, cli.out);
      await cli.out.line("\nNothing of it is left. At a terminal, npm start opens a shell in a container.");
      return;
    }
    const status = await openShell(place, cli.out, cli.signal);
    if (status !== 0) throw new ExitStatus(status);
  });
};
