// `hawser update`: changes limits and the restart policy of containers. Limits are kept for the next start, and hold at once in
// one that runs.
import { Code, HawserError } from "../../../proto/errors.ts";
import { AUTO_REMOVE_LABEL, ON, RESTART_POLICY_LABEL, RESTART_STATUS_LABEL } from "../../labels.ts";
import type { ResourceWish } from "../../oci/resources.ts";
import type { DefineCommand, Example } from "../cli.ts";
import { defineUpdateFlags } from "../container-flags.ts";
import { changeLimits } from "../container-limits.ts";
import { conflict } from "../container-request.ts";
import { taskStatus } from "../container-stop.ts";
import { eachContainer } from "../each-container.ts";
import { Flags } from "../flags.ts";
import { resourceWish } from "../resource-flags.ts";
import { parseRestart } from "../values/restart.ts";

export const examples: readonly Example[] = [
  ["update --memory 1g --cpus 2 web", "give it more, now"],
  ["update --restart unless-stopped web", "have it started again from now on"],
];

export const define: DefineCommand = (command, cli) => {
  command.argument("<container...>", "ids or names");
  defineUpdateFlags(command);
  command.action(async (references: string[], values: Record<string, unknown>) => {
    const flags = new Flags(values);
    const wish = resourceWish(flags);
    const restart = flags.one("--restart", parseRestart);
    if (restart === undefined && !asksForAnything(wish)) {
      const advice = "name a flag, such as --memory";
      throw new HawserError(Code.InvalidArgument, `update: there is nothing to change; ${advice}`);
    }
    const client = await cli.client();
    const { signal } = cli;
    await eachContainer(cli, references, async (container) => {
      const { labels } = await container.info({ signal });
      if (restart !== undefined && restart !== "no" && labels[AUTO_REMOVE_LABEL] === ON) {
        throw conflict(
          `--restart for "${container.id}", which was made with --rm`,
          "it is removed at its end",
        );
      }
      await changeLimits(client, container, wish, signal);
      if (restart === undefined) return;
      const status = await taskStatus(container, signal);
      const isRunning = status === "running" || status === "paused";
      await container.label(
        restart === "no"
          ? { [RESTART_POLICY_LABEL]: "", [RESTART_STATUS_LABEL]: "" }
          : { [RESTART_POLICY_LABEL]: restart, [RESTART_STATUS_LABEL]: isRunning ? "running" : "stopped" },
        { signal },
      );
    });
  });
};

function asksForAnything(wish: ResourceWish): boolean {
  return Object.values(wish).some((part) => (Array.isArray(part) ? part.length > 0 : part !== undefined));
}
