// What a container runs: the image's entrypoint and command, and what was asked for instead. docker's rules. Pure.
import { posix } from "node:path";
import { refusal, type Written } from "./refusal.ts";

/** What an image says, and what somebody wants. */
export interface CommandSources {
  readonly imageEntrypoint?: readonly string[] | undefined;
  readonly imageCommand?: readonly string[] | undefined;
  /** `--entrypoint`, in words; empty takes the image's away. */
  readonly entrypoint?: readonly string[] | undefined;
  /** Words behind the image's name. */
  readonly command?: readonly string[] | undefined;
}

/** The words of the process. An entrypoint that was asked for makes the image's command void. */
export function commandOf(sources: CommandSources): string[] {
  const { imageEntrypoint = [], imageCommand = [], entrypoint, command = [] } = sources;
  const hasCommand = command.length > 0;
  const args =
    entrypoint !== undefined
      ? [...entrypoint, ...command]
      : [...imageEntrypoint, ...(hasCommand ? command : imageCommand)];
  if (args.length === 0) {
    throw refusal(
      { flag: entrypoint === undefined ? "command" : "--entrypoint" },
      "there is nothing to run: neither the image nor you name a program",
      "write a command behind the image's name, such as sh",
    );
  }
  if (args[0] === "") throw refusal({ flag: "command", value: "" }, "the program has no name", "write one");
  return args;
}

/** The directory it starts in. The OCI runtime makes it where it is missing. */
export function workingDirOf(
  asked: (Written & { readonly dir: string }) | undefined,
  image?: string,
): string {
  if (asked === undefined || asked.dir === "")
    return image === undefined || image === "" ? "/" : posix.resolve("/", image);
  if (posix.isAbsolute(asked.dir)) return posix.normalize(asked.dir);
  throw refusal(asked, "a place in the container is wanted", "write a path that begins with /");
}
