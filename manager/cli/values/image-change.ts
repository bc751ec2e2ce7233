// `--change` of commit and import: one instruction of a Dockerfile that changes an image's configuration. Pure.
import { Code, HawserError } from "../../../proto/errors.ts";

type Config = Record<string, unknown>;

/** Changes the part `config` of an OCI image configuration in place. */
export type ImageChange = (config: Config) => void;

const INSTRUCTIONS: Readonly<Record<string, (rest: string) => ImageChange>> = {
  CMD: (rest) => set("Cmd", words(rest)),
  ENTRYPOINT: (rest) => set("Entrypoint", words(rest)),
  ENV: (rest) => {
    const [name, value] = pair(rest);
    return (config) => {
      const others = list(config["Env"]).filter((entry) => !entry.startsWith(`${name}=`));
      config["Env"] = [...others, `${name}=${value}`];
    };
  },
  EXPOSE: (rest) => add("ExposedPorts", port(rest), {}),
  LABEL: (rest) => add("Labels", ...pair(rest)),
  ONBUILD: (rest) => (config) => {
    config["OnBuild"] = [...list(config["OnBuild"]), rest];
  },
  STOPSIGNAL: (rest) => set("StopSignal", rest),
  USER: (rest) => set("User", rest),
  VOLUME: (rest) => (config) => {
    for (const path of words(rest)) add("Volumes", path, {})(config);
  },
  WORKDIR: (rest) => set("WorkingDir", rest),
};

/** Reads an instruction: `CMD ["sh", "-c", "date"]`, `ENV NAME=value`. Throws InvalidArgument. */
export function parseImageChange(text: string): ImageChange {
  const [, word = "", rest = ""] = /^\s*(\w+)\s+(.*\S)\s*$/s.exec(text) ?? [];
  const instruction = INSTRUCTIONS[word.toUpperCase()];
  if (instruction === undefined) {
    const known = Object.keys(INSTRUCTIONS).join(", ");
    throw refusal(text, `expected one of ${known}, and what it is to be`);
  }
  try {
    return instruction(rest);
  } catch (caught) {
    throw refusal(text, HawserError.from(caught).message);
  }
}

// A list in JSON, or a line for the shell.
function words(rest: string): string[] {
  if (!rest.startsWith("[")) return ["/bin/sh", "-c", rest];
  let parsed: unknown;
  try {
    parsed = JSON.parse(rest);
  } catch {
    throw new HawserError(Code.InvalidArgument, "the list is no JSON; strings in it need double quotes");
  }
  if (Array.isArray(parsed) && parsed.every((word) => typeof word === "string")) return parsed;
  throw new HawserError(Code.InvalidArgument, "a list of strings was expected");
}

function pair(rest: string): [string, string] {
  const [, name = "", value = ""] = /^([^\s=]+)[=\s](.*)$/s.exec(rest) ?? [];
  if (name === "") throw new HawserError(Code.InvalidArgument, "NAME=value was expected");
  const [, quoted] = /^"(.*)"$/s.exec(value) ?? [];
  return [name, quoted ?? value];
}

function port(rest: string): string {
  const [, number = "", protocol = "tcp"] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(rest) ?? [];
  if (number !== "" && Number(number) > 0 && Number(number) < 65536) return `${number}/${protocol}`;
  throw new HawserError(Code.InvalidArgument, "a port was expected, such as 80 or 53/udp");
}

function set(key: string, value: unknown): ImageChange {
  return (config) => {
    config[key] = value;
  };
}

function add(key: string, name: string, value: unknown): ImageChange {
  return (config) => {
    config[key] = { ...(config[key] as Config | undefined), [name]: value };
  };
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function refusal(text: string, reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `--change ${JSON.stringify(text)}: ${reason}`);
}
