// `hawser completion`: the script with which a shell completes commands, flags, and names of containers and images.
import { Argument } from "commander";
import type { DefineCommand, Example } from "../cli.ts";
import { completionScript, SHELLS, type Shell } from "../completion/scripts.ts";

export const examples: readonly Example[] = [
  ["completion bash > /etc/bash_completion.d/hawser", "for everybody's bash"],
  ["completion zsh > ~/.zsh/completions/_hawser", "for zsh, where fpath has that directory"],
  ["completion fish > ~/.config/fish/completions/hawser.fish", "for fish"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Prints a script with which a shell completes commands, flags, and names of containers and images. It starts no hawserd.",
    )
    .addArgument(new Argument("<shell>", "whose").choices(SHELLS))
    .action(async (shell: Shell) => await cli.out.write(completionScript(shell)));
};
