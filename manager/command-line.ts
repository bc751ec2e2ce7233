// What hawserd is told: flags, environment and file, in this order of weight, and what it is to do with them. Reads the
// file and prints nothing. `hawserd` alone serves; `hawserd config default` and `hawserd config dump` are for people.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { Code, HawserError } from "../proto/errors.ts";
import {
  DEFAULT_CONFIG_PATH,
  flawOf,
  formatConfig,
  loadConfigFile,
  mergeConfig,
} from "./config/config-file.ts";
import type { Config, SettingValue } from "./config/settings.ts";

/** What is asked of the program. */
export type HawserdCommand =
  /** `configFile`: the file that was read; empty for none. */
  | { readonly kind: "serve"; readonly config: Config; readonly configFile: string }
  | { readonly kind: "print"; readonly text: string };

const FLAGS = [
  { name: "root", value: "<dir>", key: "root", about: "images, snapshots and databases" },
  { name: "state", value: "<dir>", key: "state", about: "bundles and sockets" },
  { name: "address", value: "<path>", key: "address", about: "the socket of the API" },
  { name: "log-level", value: "<level>", key: "log.level", about: "debug, info, warning or error" },
  { name: "log-format", value: "<format>", key: "log.format", about: "text or json" },
] as const;

/**
 * Reads a command line without program and script. Throws InvalidArgument that says what is wrong and where, and what
 * reading the configuration file throws.
 */
export function readCommandLine(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  version: string,
): HawserdCommand {
  let answer: HawserdCommand | undefined;
  let printed = "";
  const program = new Command("hawserd")
    .description(
      "Runs containers, each in a shim of its own. Without a command it serves until it is stopped.",
    )
    .version(`hawserd ${version}`, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand(false)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed += text;
      },
      // A complaint comes as an error, too.
      writeErr: () => undefined,
    })
    .option("--config <file>", `configuration; ${DEFAULT_CONFIG_PATH} if it is there (HAWSER_CONFIG)`)
    .action(() => {
      const config = configFrom(program.opts(), env);
      answer = { kind: "serve", config, configFile: configFileOf(program.opts(), env) };
    });
  for (const { name, value, about } of FLAGS)
    program.option(`--${name} ${value}`, `${about} (${variable(name)})`);
  const config = program.command("config").description("print a configuration");
  config
    .command("default")
    .description("the one of a hawserd that nobody has told anything")
    .action(() => {
      answer = { kind: "print", text: formatConfig(new Map()) };
    });
  config
    .command("dump")
    .description("the one that is made of file, environment and flags")
    .action(() => {
      const [file, above] = valuesOf(program.opts(), env);
      answer = { kind: "print", text: formatConfig(new Map([...file, ...above])) };
    });
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) {
      const reason = error.code === "commander.help" ? "a command is missing" : error.message;
      throw new HawserError(Code.InvalidArgument, reason.replace(/^error: /, ""), { cause: error });
    }
  }
  return answer ?? { kind: "print", text: printed };
}

/** The configuration that flags (`root`, `state`, `address`, `config`…), environment and file make together. */
export function configFrom(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): Config {
  return mergeConfig(...valuesOf(flags, env));
}

type Values = Map<string, SettingValue>;

/** The values of the file, and those that stand above it. */
function valuesOf(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): [file: Values, above: Values] {
  const above: Values = new Map();
  for (const { name, key } of FLAGS) {
    const flag = flags[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    const value = flag ?? env[variable(name)];
    if (value === undefined || value === "") continue;
    const flaw = flawOf(key, value);
    const place = flag === undefined ? variable(name) : `--${name}`;
    if (flaw !== undefined) throw new HawserError(Code.InvalidArgument, `${place}: ${flaw}`);
    above.set(key, value as string);
  }
  const path = namedConfigFile(flags, env);
  const file = loadConfigFile(path || DEFAULT_CONFIG_PATH, { isOptional: !path });
  return [new Map(file), above];
}

function namedConfigFile(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): string | undefined {
  return (flags["config"] as string | undefined) ?? env["HAWSER_CONFIG"];
}

function configFileOf(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): string {
  const path = namedConfigFile(flags, env);
  if (path) return resolve(path);
  return existsSync(DEFAULT_CONFIG_PATH) ? DEFAULT_CONFIG_PATH : "";
}

function variable(flag: string): string {
  return `HAWSER_${flag.toUpperCase().replace("-", "_")}`;
}
