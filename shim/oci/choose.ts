// Which OCI runtime runs a container when nobody named one: crun where it is known to work, because it makes a container
// in a fifth of runc's time, else runc.
// Always true: the decision is a pure function over facts (`decideRuntime`); what crun cannot do is known before it is
// asked, and never found out by failing a user's container. What costs a process (`crun --version`) is asked once per
// binary and remembered in a file, which anyone may delete.
// The facts about versions are from crun's release notes and from trying 1.8.1 (test/integration/oci-driver.test.ts).
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { Code, HawserError } from "../../proto/errors.ts";
import { writeFileAtomic } from "../../sys/atomic-file.ts";
import { makeDirectories } from "../../sys/directory.ts";
import { runtimeEnvironment } from "./cli-driver.ts";
import { runCommand } from "./run-command.ts";

/**
 * What /sys/fs/cgroup is. `hybrid`: the controllers on v1, an empty v2 beside them; `mixed`: some controller is left on
 * that v2, where a program that manages v1 does not see it.
 */
export type CgroupLayout = "v1" | "hybrid" | "mixed" | "v2";

/** What crun says of itself. */
export interface CrunFacts {
  /** `1.8.1`; undefined when its answer was not understood. */
  readonly version: string | undefined;
  /** What it was built with, in capitals: `CRIU`, `SYSTEMD`, `SECCOMP`… */
  readonly features: readonly string[];
}

/** Everything the decision looks at. */
export interface RuntimeFacts {
  /** Undefined when there is no crun. */
  readonly crun: CrunFacts | undefined;
  readonly hasRunc: boolean;
  /** Of the container's spec; undefined when it has none. */
  readonly ociVersion: string | undefined;
  readonly cgroupLayout: CgroupLayout;
  readonly needs: RuntimeNeeds;
}

/** What a container needs that not every build can do. */
export interface RuntimeNeeds {
  /** It is restored from a checkpoint. */
  readonly checkpoint?: boolean | undefined;
  /** Its cgroups are made by systemd. */
  readonly systemdCgroup?: boolean | undefined;
  /** Its spec has a seccomp profile. */
  readonly seccomp?: boolean | undefined;
}

/** The choice, and why, for the log. */
export interface RuntimeChoice {
  readonly binary: "crun" | "runc";
  readonly reason: string;
}

/** The oldest crun that is taken unasked; 1.8.1 is the one tried. */
const OLDEST_CRUN: Version = [1, 8, 1];
/** From here on crun does not look at ociVersion any more (1.14.2 still did in some commands). */
const CRUN_TAKES_ANY_SPEC: Version = [1, 14, 3];

/** Chooses, or throws FailedPrecondition when there is neither. With crun alone crun is the choice, fit or not. */
export function decideRuntime(facts: RuntimeFacts): RuntimeChoice {
  const { crun, hasRunc } = facts;
  if (!crun) {
    if (hasRunc) return { binary: "runc", reason: "crun is not installed" };
    const text = "choose an OCI runtime: neither crun nor runc is in $PATH: install crun or runc";
    throw new HawserError(Code.FailedPrecondition, text);
  }
  const trouble = troubleWith(crun, facts);
  if (trouble === undefined) return { binary: "crun", reason: "crun is installed and fits" };
  return hasRunc
    ? { binary: "runc", reason: trouble }
    : { binary: "crun", reason: `runc is not installed, although ${trouble}` };
}

function troubleWith(crun: CrunFacts, facts: RuntimeFacts): string | undefined {
  const version = parseVersion(crun.version);
  if (!version) return "the version of crun is not known";
  if (isOlder(version, OLDEST_CRUN)) return `crun ${crun.version} is older than any that was tried`;
  if (isOlder(version, CRUN_TAKES_ANY_SPEC) && !/^1\.[01](?![0-9])/.test(facts.ociVersion ?? "")) {
    return `crun ${crun.version} refuses specs of version "${facts.ociVersion ?? ""}"`;
  }
  if (facts.cgroupLayout === "mixed") return "crun refuses controllers on cgroup v2 beside v1";
  if (facts.needs.checkpoint && !crun.features.includes("CRIU")) return "crun was built without CRIU";
  if (facts.needs.systemdCgroup && !crun.features.includes("SYSTEMD"))
    return "crun was built without systemd";
  if (facts.needs.seccomp && !crun.features.includes("SECCOMP")) return "crun was built without seccomp";
  return undefined;
}

type Version = readonly [number, number, number];

// "1.8.1", "1.15", "1.14.4-dirty"
function parseVersion(text: string | undefined): Version | undefined {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? "");
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

function isOlder(version: Version, than: Version): boolean {
  for (const at of [0, 1, 2] as const) if (version[at] !== than[at]) return version[at] < than[at];
  return false;
}

/** What `crun --version` prints, taken apart. */
export function parseCrunVersion(text: string): CrunFacts {
  const version = /^crun version (\S+)/m.exec(text)?.[1];
  return { version, features: [...text.matchAll(/(?<=^|\s)\+([A-Z0-9_]+)/g)].map((match) => match[1] ?? "") };
}

/** What the cgroup file system at `root` is, as crun finds it out. */
export function readCgroupLayout(root = "/sys/fs/cgroup"): CgroupLayout {
  if (readIfThere(join(root, "cgroup.controllers")) !== undefined) return "v2";
  const left = readIfThere(join(root, "unified", "cgroup.controllers"));
  if (left === undefined) return "v1";
  return left.trim() === "" ? "hybrid" : "mixed";
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The absolute path of a program in `path` (a list like $PATH), or undefined. */
export function findProgram(name: string, path: string): string | undefined {
  for (const dir of path.split(delimiter)) {
    if (!isAbsolute(dir)) continue;
    const file = join(dir, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not there, or not for us
    }
  }
  return undefined;
}

/** The file in which facts about programs are remembered, under the directory of the shim's own. */
const MEMORY_FILE = "oci-runtimes.json";

/** Most programs remembered; the oldest goes first. More than one is a machine with several PATHs. */
const MAX_REMEMBERED = 8;

/** `crun --version` takes 2 ms; one that hangs must not hold up a container, which then gets runc. */
const VERSION_TIMEOUT_MS = 5_000;

const MAX_VERSION_BYTES = 16 * 1024;

/** Facts by `identity` of the program's file. */
type Memory = Record<string, CrunFacts>;

/** What {@link chooseRuntime} looks at. */
export interface ChooseOptions {
  readonly ociVersion: string | undefined;
  readonly needs?: RuntimeNeeds | undefined;
  /** Where facts are remembered: a directory of ours, made with mode 0700. Absent or unusable: asked every time. */
  readonly stateDir?: string | undefined;
  /** Default: this process' $PATH. */
  readonly path?: string | undefined;
  readonly cgroupRoot?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The choice with the file it stands for. */
export interface ChosenRuntime extends RuntimeChoice {
  /** Absolute path of the binary. */
  readonly file: string;
}

/** Finds out the facts and decides. Throws FailedPrecondition when neither crun nor runc is installed. */
export async function chooseRuntime(options: ChooseOptions): Promise<ChosenRuntime> {
  const env = runtimeEnvironment(options.path === undefined ? process.env : { PATH: options.path });
  const path = env["PATH"] ?? "";
  const crunFile = findProgram("crun", path);
  const runcFile = findProgram("runc", path);
  const choice = decideRuntime({
    crun: crunFile === undefined ? undefined : await crunFacts(crunFile, env, options),
    hasRunc: runcFile !== undefined,
    ociVersion: options.ociVersion,
    cgroupLayout: readCgroupLayout(options.cgroupRoot),
    needs: options.needs ?? {},
  });
  return { ...choice, file: (choice.binary === "crun" ? crunFile : runcFile) ?? choice.binary };
}

async function crunFacts(
  file: string,
  env: Record<string, string>,
  options: ChooseOptions,
): Promise<CrunFacts> {
  const identity = identityOf(file);
  const memoryFile = options.stateDir === undefined ? undefined : join(options.stateDir, MEMORY_FILE);
  const memory = memoryFile === undefined ? {} : readMemory(memoryFile);
  const known = Object.hasOwn(memory, identity) ? memory[identity] : undefined;
  if (known) return known;
  const facts = await askCrun(file, env, options.signal);
  // An answer that was not understood is not remembered: it may have been the machine's fault.
  if (memoryFile !== undefined && facts.version !== undefined) remember(memoryFile, memory, identity, facts);
  return facts;
}

// A package upgrade changes all of these at once; through a link it is the target that counts.
function identityOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${file} ${mtimeMs} ${size} ${ino}`;
  } catch {
    return file;
  }
}

async function askCrun(file: string, env: Record<string, string>, signal?: AbortSignal): Promise<CrunFacts> {
  try {
    const { stdout } = await runCommand({
      binary: file,
      args: ["--version"],
      cwd: "/",
      env,
      stdin: "ignore",
      stdout: "capture",
      stderr: "ignore",
      timeoutMs: VERSION_TIMEOUT_MS,
      maxOutputBytes: MAX_VERSION_BYTES,
      signal,
    });
    return parseCrunVersion(stdout.toString("utf8"));
  } catch (caught) {
    signal?.throwIfAborted();
    void caught; // a crun that cannot even say its version is one that does not fit
    return { version: undefined, features: [] };
  }
}

/** Facts that were remembered. A file that is missing or not as we write it is an empty one. */
function readMemory(path: string): Memory {
  const memory: Memory = {};
  try {
    const stored = JSON.parse(readFileSync(path, "utf8")) as unknown;
    for (const [identity, facts] of Object.entries(stored as object))
      if (isFacts(facts)) memory[identity] = facts;
  } catch {
    return {};
  }
  return memory;
}

function isFacts(value: unknown): value is CrunFacts {
  const { version, features } = (value ?? {}) as { version?: unknown; features?: unknown };
  return (
    typeof version === "string" && Array.isArray(features) && features.every((one) => typeof one === "string")
  );
}

function remember(path: string, memory: Memory, identity: string, facts: CrunFacts): void {
  const kept = Object.entries(memory).slice(1 - MAX_REMEMBERED);
  try {
    makeDirectories(dirname(path), 0o700);
    writeFileAtomic(path, JSON.stringify(Object.fromEntries([...kept, [identity, facts]])));
  } catch {
    // then the next container asks again
  }
}
