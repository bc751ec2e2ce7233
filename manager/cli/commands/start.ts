// `hawser start`: starts containers that were made or have ended. With --attach or --interactive, one, and its output comes here.
import { Code, HawserError } from "../../../proto/errors.ts";
import { startAttached } from "../attached-start.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { startContainer } from "../container-start.ts";
import { eachContainer } from "../each-container.ts";
import { ExitStatus } from "../exit-status.ts";
import { Flags } from "../flags.ts";
import { takeSwitchValues } from "../switch-values.ts";

export const examples: readonly Example[] = [
  ["start web", "start it, and print its name"],
  ["start --attach --interactive web", "start it, and be in it as with hawser run -i"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<container...>", "ids or names")
    .option("-a, --attach", "print its output here, pass on signals, and end with its exit status")
    .option("-i, --interactive", "the same, and pass on your input")
    .option("--detach-keys <keys>", "keys that leave it running; default: ctrl-p,ctrl-q")
    .option("--sig-proxy", "pass signals on to it", true)
    .option("--no-sig-proxy", "keep signals for hawser");
  takeSwitchValues(command);
  command.action(async (references: string[], values: Record<string, unknown>) => {
    const flags = new Flags(values);
    const isInteractive = flags.isOn("--interactive");
    const { signal } = cli;
    if (!flags.isOn("--attach") && !isInteractive) {
      await eachContainer(cli, references, async (container) => {
        await startContainer(container, { signal });
      });
      return;
    }
    const [reference = "", ...others] = references;
    if (others.length > 0) {
      throw new HawserError(
        Code.InvalidArgument,
        "start --attach: there is one terminal; name one container",
      );
    }
    const container = await cli.container(reference);
    const status = await startAttached(cli, container, {
      hasInput: isInteractive,
      detachKeys: flags.text("--detach-keys"),
      sigProxy: flags.isOn("--sig-proxy"),
    });
    if (status !== 0) throw new ExitStatus(status);
  });
};
