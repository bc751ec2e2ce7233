// The flags that say what a container is to be: docker's words, in one table, for `hawser run` and `hawser create`. What a flag
// means is in container-request.ts; here is how it is written and what the help says of it.
// Flags of docker's that mean nothing here are known, too: each is refused by its name, with what to do instead.
import { type Command, Option } from "commander";
import { refusal } from "../oci/refusal.ts";
import { takeSwitchValues } from "./switch-values.ts";

/** How a flag is written: `switch` takes no value, of `one` the last counts, `many` add up. */
type Row = readonly [flags: string, kind: "switch" | "one" | "many", about: string];

const ROWS: readonly Row[] = [
  ["--name <name>", "one", "what to call it; default: two words"],
  ["-i, --interactive", "switch", "give it an input"],
  ["-t, --tty", "switch", "give it a terminal"],
  ["--rm", "switch", "remove it when it has ended"],
  ["--restart <policy>", "one", "start it again: no, on-failure[:max], always, unless-stopped"],
  ["--entrypoint <program>", "one", 'run this in place of the image\'s entrypoint; "" takes that away'],
  ["-e, --env <name[=value]>", "many", "set a variable; a name alone passes on yours"],
  ["--env-file <file>", "many", "set the variables of a file"],
  ["-w, --workdir <dir>", "one", "directory it starts in"],
  ["-u, --user <user[:group]>", "one", "user, by name or number"],
  ["--group-add <group>", "many", "one more group for the user"],
  ["-h, --hostname <name>", "one", "name of the machine that it sees; default: the beginning of its id"],
  ["-l, --label <name[=value]>", "many", "label of its record"],
  ["--label-file <file>", "many", "labels, one a line"],
  ["--annotation <name=value>", "many", "annotation of its specification"],
  ["-v, --volume <source:target[:options]>", "many", "mount a file or directory of the host"],
  ["--mount <key=value,…>", "many", "the same, and tmpfs: type=bind,source=…,target=…"],
  ["--tmpfs <target[:options]>", "many", "mount memory as a directory"],
  ["--read-only", "switch", "its root file system cannot be written"],
  ["--shm-size <size>", "one", "size of /dev/shm; default: 64m"],
  ["--network <network>", "one", "none or host; default: none"],
  ["--add-host <name:address>", "many", "line of its /etc/hosts"],
  ["--dns <address>", "many", "name server"],
  ["--dns-search <domain>", "many", "domain that names are looked up in"],
  ["--dns-option <option>", "many", "option of resolv.conf(5)"],
  ["-m, --memory <size>", "one", "most memory, such as 512m"],
  ["--memory-reservation <size>", "one", "memory that it keeps when there is little"],
  ["--memory-swap <size>", "one", "most memory and swap together; -1 is no limit"],
  ["--cpus <number>", "one", "most processors, such as 1.5"],
  ["-c, --cpu-shares <number>", "one", "weight among others that want a processor"],
  ["--cpu-period <microseconds>", "one", "period of --cpu-quota"],
  ["--cpu-quota <microseconds>", "one", "processor time in each period"],
  ["--cpuset-cpus <list>", "one", "processors it may use, such as 0-2"],
  ["--cpuset-mems <list>", "one", "memory nodes it may use"],
  ["--pids-limit <number>", "one", "most processes; -1 is no limit"],
  ["--blkio-weight <number>", "one", "weight among others that want a disk, 10 to 1000"],
  ["--device-read-bps <disk:rate>", "many", "most bytes a second that it reads from a disk"],
  ["--device-write-bps <disk:rate>", "many", "most bytes a second that it writes"],
  ["--device-read-iops <disk:rate>", "many", "most reads a second"],
  ["--device-write-iops <disk:rate>", "many", "most writes a second"],
  ["--ulimit <name=soft[:hard]>", "many", "limit of setrlimit(2), such as nofile=1024"],
  ["--oom-score-adj <number>", "one", "how soon it is killed when memory runs out, -1000 to 1000"],
  ["--sysctl <name=value>", "many", "parameter of one of its own namespaces"],
  ["--cgroup-parent <path>", "one", "cgroup that its own is made in"],
  ["--device <source[:target][:rwm]>", "many", "device of the host"],
  ["--device-cgroup-rule <rule>", "many", 'devices it may use, such as "c 10:200 rwm"'],
  ["--cap-add <capability>", "many", "give it a capability, or ALL"],
  ["--cap-drop <capability>", "many", "take one away, or ALL"],
  ["--privileged", "switch", "give it all capabilities and devices of the host"],
  [
    "--security-opt <option>",
    "many",
    "no-new-privileges, seccomp=<file>|unconfined, apparmor=<profile>, systempaths=unconfined",
  ],
  ["--init", "switch", "run a small init in front of the program"],
  ["--runtime <runtime>", "one", "runc, crun, the path of one, or the name of a shim"],
  ["--stop-signal <signal>", "one", "what asks it to end; default: the image's, else TERM"],
  ["--stop-timeout <seconds>", "one", "how long it may take to end before it is killed; default: 10"],
  ["--timeout <duration>", "one", "kill it, with all its processes, when it has run so long: 90, 1m30s"],
  [
    "--log-opt <name=value>",
    "many",
    "max-size, max-file, on-full-disk=block|drop, max-rate, ring-size, cri-log",
  ],
  [
    "--pull <policy>",
    "one",
    "missing or never: there are no registries yet, so both look at the images here",
  ],
  ["--cidfile <file>", "one", "write the container's id to a file that is not there yet"],
];

/** Those that can be changed later, by their long names. */
const CHANGEABLE = new Set(
  "memory memory-reservation memory-swap cpus cpu-shares cpu-period cpu-quota cpuset-cpus cpuset-mems pids-limit blkio-weight restart"
    .split(" ")
    .map((name) => `--${name}`),
);

/** docker's, for what hawser does not have. */
const REFUSED: readonly (readonly [flags: string, matter: string, advice: string])[] = [
  ["-p, --publish <ports>", "hawser has no ports to publish", "use --network host"],
  ["-P, --publish-all", "hawser has no ports to publish", "use --network host"],
  ["--expose <port>", "hawser has no ports to publish", "use --network host"],
  ["--link <container>", "hawser has no network between containers", "use --network host"],
  ["--ip <address>", "hawser has no network between containers", "leave it out"],
  ["--volumes-from <container>", "hawser keeps no volumes of its own", "name the paths with --volume"],
  ["--volume-driver <driver>", "hawser keeps no volumes of its own", "name paths with --volume"],
  ["--log-driver <driver>", "hawser has one log, which loses nothing", "use --log-opt, and hawser logs"],
  ["--health-cmd <command>", "hawser does not ask containers how they are", "use hawser exec"],
  ["--gpus <devices>", "hawser does not know GPUs", "name their files with --device"],
  ["--pid <namespace>", "a container has processes of its own", "leave it out"],
  ["--ipc <namespace>", "a container has IPC of its own", "leave it out"],
  ["--uts <namespace>", "a container has a hostname of its own", "leave it out"],
  ["--userns <mode>", "hawser does not map users yet", "leave it out"],
  ["--cgroupns <mode>", "it follows the version of cgroups", "leave it out"],
  ["--platform <platform>", "hawser runs images of this machine", "leave it out"],
  ["--domainname <name>", "hawser does not set it", "write the whole name with --hostname"],
  ["--oom-kill-disable", "a container without it can stop the machine", "use --oom-score-adj"],
];

/** Gives a command the flags. Words behind its first argument are the container's own, whatever they look like. */
export function defineContainerFlags(command: Command): void {
  command.passThroughOptions();
  for (const [flags, kind, about] of ROWS) command.addOption(makeOption(flags, kind, about));
  command.addOption(makeOption("--net <network>", "one", "another word for --network").hideHelp());
  command.addOption(makeOption("--dns-opt <option>", "many", "another word for --dns-option").hideHelp());
  command.addOption(
    makeOption("-q, --quiet", "switch", "nothing is pulled, so there is nothing to say").hideHelp(),
  );
  for (const [flags, matter, advice] of REFUSED) {
    const option = new Option(flags).hideHelp();
    const flag = option.long ?? flags;
    command.addOption(option);
    command.on(`option:${option.name()}`, (value?: string) => {
      throw refusal({ flag, value }, matter, advice);
    });
  }
  takeSwitchValues(command);
}

/** Gives a command the flags of `hawser update`. */
export function defineUpdateFlags(command: Command): void {
  for (const [flags, kind, about] of ROWS) {
    const option = makeOption(flags, kind, about);
    if (CHANGEABLE.has(option.long ?? "")) command.addOption(option);
  }
}

function makeOption(flags: string, kind: Row[1], about: string): Option {
  const option = new Option(flags, about);
  if (kind === "many") option.argParser((value, earlier?: readonly string[]) => [...(earlier ?? []), value]);
  return option;
}
