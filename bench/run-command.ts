// The three commands that run a container to its end, each with a place of its own: `ctr` and `hawser` with a daemon of the bench,
// `podman` with storage of the bench. Each knows how to run one container, and how its files are forgotten by the machine.
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Daemon, NAMESPACE } from "./manager-daemon.ts";

const exec = promisify(execFile);
const binDir = join(import.meta.dirname, "../bin");

/** A way to run a container. */
export interface RunCommand {
  /** As in the table. */
  readonly name: string;
  /** Runs `true` in a new container, which is removed; resolves when the command has ended. `id` is nobody else's. */
  once(id: string): Promise<void>;
}

/** `ctr run`. */
export class CtrRun implements RunCommand {
  readonly name: string;
  readonly #daemon: Daemon;
  readonly #args: readonly string[];
  readonly #image: string;

  constructor(options: { daemon: Daemon; name: string; flags: readonly string[]; image: string }) {
    this.name = options.name;
    this.#daemon = options.daemon;
    this.#args = ["run", "--rm", "--runtime", "io.containerd.runc.v2", ...options.flags];
    this.#image = options.image;
  }

  async once(id: string): Promise<void> {
    await this.#daemon.ctr(...this.#args, this.#image, id, "true");
  }
}

/** `hawser run`. */
export class HawserRun implements RunCommand {
  readonly name: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: {
    daemon: Daemon;
    places: { readonly root: string; readonly state: string };
    runtime: string;
    image: string;
  }) {
    this.name = `hawser run, ${options.runtime}`;
    this.#args = ["run", "--rm", "--runtime", options.runtime, options.image, "true"];
    this.#env = {
      ...process.env,
      HAWSER_ADDRESS: options.daemon.address,
      HAWSER_ROOT: options.places.root,
      HAWSER_STATE: options.places.state,
      HAWSER_NAMESPACE: NAMESPACE,
    };
  }

  async once(): Promise<void> {
    await exec(join(binDir, "hawser"), [...this.#args], { env: this.#env });
  }
}

/** `podman run`, without a network, since the others have none, and with its log in a file, as hawser has. Owns its storage. */
export class PodmanRun implements AsyncDisposable {
  /** The flags of every command, which say where its things are. */
  readonly globals: readonly string[];
  readonly #dir: string;
  readonly #image: string;

  /** `dir` on disk for what lasts, `stateDir` in memory for the rest; both are its own. */
  constructor({ dir, stateDir, image }: { dir: string; stateDir: string; image: string }) {
    this.#dir = dir;
    this.#image = image;
    this.globals = [
      ...["--root", join(dir, "root"), "--runroot", join(stateDir, "run"), "--tmpdir", join(stateDir, "tmp")],
      ...["--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--events-backend", "none"],
    ];
  }

  /** Brings the image in. */
  async load(archive: string): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const { stdout } = await exec("podman", [...this.globals, "load", "--input", archive]);
    const loaded = /Loaded image: (\S+)/.exec(stdout)?.[1];
    if (loaded === undefined) throw new Error(`bench run: podman load said ${stdout}`);
    if (loaded !== this.#image) await exec("podman", [...this.globals, "tag", loaded, this.#image]);
  }

  /** The command on an OCI runtime. */
  on(runtime: string): RunCommand {
    const args = [
      ...["--runtime", runtime, "run", "--rm", "--network", "none", "--log-driver", "k8s-file"],
      // Its own defaults are more than a machine without CAP_SYS_RESOURCE can give.
      ...["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
    ];
    return {
      name: `podman run, ${runtime}`,
      once: async () => {
        await exec("podman", [...this.globals, ...args, this.#image, "true"]);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await exec("podman", [...this.globals, "system", "reset", "--force"]);
  }
}
