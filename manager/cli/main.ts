// The `hawser` command: says which sub-commands there are, and loads the one that is asked for.
// Exit status: what the sub-command says; 1 for an error of the command line itself.
import { join } from "node:path";
import { Command } from "commander";
import { HawserError } from "../../proto/errors.ts";
import { VERSION } from "../version.ts";

// From the bundle in dist/; from the sources it is one directory further.
const rootDir = join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "../.." : "..");

const program = new Command("hawser")
  .description("Runs Linux containers so that nothing about them is lost.")
  .version(`hawser ${VERSION}`, "-v, --version", "print the version")
  .helpCommand(false)
  .showSuggestionAfterError();

program
  .command("demonstration [runtimes...]", { hidden: true })
  .description("show a container's life on the runtimes, by default on containerd's own shim and on ours")
  .action(async (runtimes: string[]) => {
    const { runDemonstration } = await import("./demonstration.ts");
    await runDemonstration(runtimes, join(rootDir, "bin"));
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`hawser: ${HawserError.from(error).message.trimEnd()}\n`);
  process.exitCode = 1;
}
