// The `hawser` command: says which sub-commands there are, and loads the one that is asked for.
// Exit status: what the sub-command says; 1 for an error of the command line itself.
import { join } from "node:path";
import { Command, Option } from "commander";
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
  .command("doctor")
  .description(
    "find what nobody owns: processes, mounts, sockets, cgroups, files; exit status 1 when there is any",
  )
  .option("--remove", "remove it")
  .addOption(new Option("--format <format>", "how to print it").choices(["table", "json"]).default("table"))
  .option("--root <dir>", "hawserd's root directory (HAWSER_ROOT)")
  .option("--state <dir>", "hawserd's state directory (HAWSER_STATE)")
  .option("--address <path>", "hawserd's socket (HAWSER_ADDRESS)")
  .option("--config <file>", "hawserd's configuration (HAWSER_CONFIG)")
  .action(async ({ remove = false, format, ...flags }) => {
    const { runDoctor } = await import("./doctor.ts");
    const { configFrom } = await import("../command-line.ts");
    const write = (text: string) => void process.stdout.write(text);
    const status = await failingWith(2, async () => {
      return await runDoctor({ places: configFrom(flags, process.env), isRemoving: remove, format, write });
    });
    process.exitCode = status;
  });

program
  .command("demonstration [runtimes...]", { hidden: true })
  .description("show a container's life on the runtimes, by default on containerd's own shim and on ours")
  .action(async (runtimes: string[]) => {
    const { runDemonstration } = await import("./demonstration.ts");
    await runDemonstration(runtimes, join(rootDir, "bin"));
  });

await failingWith(1, async () => {
  await program.parseAsync();
  return process.exitCode;
});

/** Says an error in one line and makes it an exit status. */
async function failingWith<T>(status: number, body: () => Promise<T>): Promise<T | number> {
  try {
    return await body();
  } catch (error) {
    process.stderr.write(`hawser: ${HawserError.from(error).message.trimEnd()}\n`);
    process.exitCode = status;
    return status;
  }
}
