// The shims as programs, for many containers at once: which program serves a runtime, and so many of them at a time that
// each has its share of the machine while its own clock runs.
import type { Any } from "../../proto/gen/any.ts";
import { RuntimeInfo } from "../../proto/gen/runtime.ts";
import { findShimBinary } from "./runtime-name.ts";
import { deleteShim, type Exit, type ShimInvocation, shimInfo, startShim } from "./shim-binary.ts";
import type { Endpoint } from "./shim-reply.ts";
import { Slots } from "./slots.ts";

/** The runtime of a container that names none. */
export const DEFAULT_RUNTIME = "io.containerd.hawser.v2";

/** What all shims are told alike. */
export interface ShimEnvironment {
  /** Where shims are looked for, in this order. */
  readonly searchDirs: readonly string[];
  /** Our gRPC socket. */
  readonly grpcAddress: string;
  /** Where shims send their events; a plain path. */
  readonly ttrpcAddress: string;
  /** Where their sockets are, for shims that can be told; default: their own choice. */
  readonly socketDir?: string;
  readonly isDebug?: boolean;
}

/** Which container's shim, and which program that is. */
export type ShimOf = Pick<ShimInvocation, "binary" | "namespace" | "id" | "bundleDir">;

/** Programs at a time; starting one is mostly work for a processor. */
const MAX_AT_A_TIME = 8;

/** Starts, cleans up after and asks shims. */
export class ShimPrograms {
  readonly #environment: ShimEnvironment;
  readonly #starts = new Slots(MAX_AT_A_TIME, 10_000);
  // Apart: a flood of creates must not hold up the cleaning.
  readonly #deletes = new Slots(MAX_AT_A_TIME);

  constructor(environment: ShimEnvironment) {
    this.#environment = environment;
  }

  /** The program of a runtime. Throws NotFound, InvalidArgument. */
  find(runtime: string): Promise<string> {
    return findShimBinary(runtime || DEFAULT_RUNTIME, this.#environment.searchDirs);
  }

  /** Starts a shim, or joins one that runs. Throws Unavailable with what it printed. */
  start(shim: ShimOf, options: Any | undefined, signal?: AbortSignal): Promise<Endpoint> {
    const invocation = { ...this.#invocation(shim), ...(options === undefined ? {} : { options }) };
    const what = `start shim of container "${shim.id}"`;
    return this.#starts.run(what, () => startShim(invocation, signal), signal);
  }

  /** Cleans up after a shim that is gone. */
  delete(shim: ShimOf): Promise<Exit> {
    const what = `delete shim of container "${shim.id}"`;
    return this.#deletes.run(what, () => deleteShim(this.#invocation(shim)));
  }

  /** What the shim of a runtime says of itself. */
  async info(runtime: string, options?: Any): Promise<RuntimeInfo> {
    const binary = await this.find(runtime);
    return RuntimeInfo.decode(await shimInfo(binary, options));
  }

  #invocation(shim: ShimOf): ShimInvocation {
    const { searchDirs: _, ...environment } = this.#environment;
    return { ...shim, ...environment };
  }
}
